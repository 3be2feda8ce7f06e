import pytest

from incidents.severity import Overall, ServiceStatus, Severity, overall, worst

OK, WORK, SLOW, PARTIAL, DOWN = ServiceStatus


def words(levels: list[ServiceStatus], *incidents: Severity) -> tuple[str, str, str]:
    row: Overall = overall(levels, incidents)
    return row.indicator, row.headline, row.overall_status


def test_the_worst_of_no_levels_is_operational() -> None:
    assert worst([]) is OK


def test_statuses_are_ordered_from_operational_to_major_outage() -> None:
    assert worst([OK, WORK]) is WORK
    assert worst([WORK, SLOW]) is SLOW
    assert worst([PARTIAL, SLOW]) is PARTIAL
    assert worst([PARTIAL, DOWN]) is DOWN


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([DOWN, DOWN], ("critical", "Major System Outage", "unavailable")),
        ([DOWN, OK], ("major", "Partial System Outage", "degraded")),
        ([DOWN, PARTIAL], ("major", "Partial System Outage", "degraded")),
        ([PARTIAL, PARTIAL], ("major", "Partial System Outage", "degraded")),
        ([PARTIAL, OK], ("minor", "Minor Service Outage", "degraded")),
        ([PARTIAL, SLOW], ("minor", "Minor Service Outage", "degraded")),
        ([SLOW, SLOW], ("minor", "Degraded System Service", "degraded")),
        ([SLOW, OK], ("minor", "Partially Degraded Service", "degraded")),
        ([SLOW, WORK], ("minor", "Partially Degraded Service", "degraded")),
        ([WORK, OK], ("maintenance", "Service Under Maintenance", "operational")),
        ([WORK, WORK], ("maintenance", "Service Under Maintenance", "operational")),
        ([OK, OK], ("none", "All Systems Operational", "operational")),
        ([], ("none", "All Systems Operational", "operational")),
    ],
)
def test_the_first_row_of_the_table_that_fits_is_shown(
    levels: list[ServiceStatus], expected: tuple[str, str, str]
) -> None:
    assert words(levels) == expected


@pytest.mark.parametrize(
    ("severity", "headline"),
    [
        (Severity.CRITICAL, "Major System Outage"),
        (Severity.MAJOR, "Partial System Outage"),
        (Severity.MINOR, "Minor Service Outage"),
        (Severity.MAINTENANCE, "Service Under Maintenance"),
        (Severity.NONE, "All Systems Operational"),
    ],
)
def test_an_incident_that_hits_no_service_counts_by_its_severity(severity: Severity, headline: str) -> None:
    assert words([OK], severity)[1] == headline
    assert words([], severity)[1] == headline


def test_the_worse_of_services_and_incidents_wins() -> None:
    assert words([SLOW, OK], Severity.CRITICAL)[1] == "Major System Outage"
    assert words([DOWN, DOWN], Severity.MINOR)[1] == "Major System Outage"


def test_maintenance_never_hides_an_outage() -> None:
    assert words([WORK, DOWN], Severity.MAINTENANCE)[1] == "Partial System Outage"
