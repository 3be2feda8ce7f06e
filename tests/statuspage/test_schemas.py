"""Every document fits its schema in every state that the product can be in."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from incidents.severity import ServiceStatus, Severity
from incidents.statuspage.importing.report import Report
from tests.statuspage.conftest import Document, real
from tests.statuspage.served import DOCUMENTS, SCHEMAS, faults, fetch, fetch_all_valid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
S, M = IncidentStatus, MaintenanceStatus
type Planner = Callable[..., MaintenanceWindow]


def test_every_current_schema_has_its_document() -> None:
    named = {f"current-{name.replace('/', '-')}.json" for name in DOCUMENTS}
    assert {path.name for path in SCHEMAS.glob("current-*.json")} == {*named, "current-common.json"}


def test_a_schema_sees_a_key_that_is_missing_or_too_many(api: Service) -> None:
    document = fetch("components")
    del document["components"][0]["start_date"]
    document["components"][0]["slug"] = "api"
    assert len(faults("components", document)) == 2


def test_an_empty_page() -> None:
    found = fetch_all_valid()
    assert found["summary"]["components"] == found["incidents"]["incidents"] == []


def test_groups_empty_mixed_and_hidden(service: Callable[..., Service], ops: Actor, incident: Any) -> None:
    full, hidden = (ServiceGroup.add(by=ops, slug=slug, name=slug.title()) for slug in ("full", "hidden"))
    ServiceGroup.add(by=ops, slug="empty", name="Empty")
    service("inside", group=full, start_date=date(2024, 2, 29), description="What it is for.")
    service("secret", group=hidden, is_public=False)
    incident(levels={service("alone"): ServiceStatus.PARTIAL_OUTAGE, service("child", group=full): None})
    names = [row["name"] for row in fetch_all_valid()["components"]["components"]]
    assert names == ["Alone", "Child", "Full", "Inside"]


@pytest.mark.parametrize("level", ServiceStatus)
@pytest.mark.parametrize("everywhere", [False, True])
def test_each_status_of_a_service(
    level: ServiceStatus, everywhere: bool, api: Service, login: Service, incident: Callable[..., Incident]
) -> None:
    incident(levels={api: level, **({login: level} if everywhere else {})})
    assert fetch_all_valid()["summary"]["components"][0]["status"] == level


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("status", [s for s in IncidentStatus if s is not S.DRAFT])
def test_each_severity_and_status_of_an_incident(
    severity: Severity, status: IncidentStatus, incident: Callable[..., Incident], now: datetime
) -> None:
    over = {"started_at": now - HOUR, "resolved_at": now} if status is S.RESOLVED else {}
    incident(severity=severity, status=status, **over)
    assert [one["impact"] for one in fetch_all_valid()["incidents"]["incidents"]] == [severity]


@pytest.mark.parametrize("hidden", [{"is_public": False}, {"status": S.DRAFT}])
def test_drafts_and_private_incidents(hidden: dict[str, Any], api: Service, incident: Callable[..., Incident]) -> None:
    incident(levels={api: ServiceStatus.MAJOR_OUTAGE}, **hidden)
    assert fetch_all_valid()["incidents"]["incidents"] == []


@pytest.mark.parametrize("moves", [(), (M.IN_PROGRESS,), (M.IN_PROGRESS, M.COMPLETED), (M.CANCELLED,)])
def test_maintenance_in_each_state(
    moves: tuple[MaintenanceStatus, ...], api: Service, window: Planner, now: datetime, ops: Actor
) -> None:
    planned = window(scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR, services=[api])
    for move in moves:
        planned.post_update(by=ops, status=move)
    kept = [] if M.CANCELLED in moves else [(moves or (M.SCHEDULED,))[-1]]
    found = fetch_all_valid()
    assert [one["status"] for one in found["scheduled-maintenances"]["scheduled_maintenances"]] == kept
    assert [one["status"] for one in found["scheduled-maintenances/active"]["scheduled_maintenances"]] == [
        status for status in kept if status is M.IN_PROGRESS
    ]


def test_a_published_postmortem(incident: Callable[..., Incident], now: datetime, ops: Actor) -> None:
    over = incident(status=S.RESOLVED, started_at=now - DAY, resolved_at=now - HOUR)
    over.write_postmortem("# Why\n\nA *long* story.", published=True, by=ops, now=now)
    assert [one["status"] for one in fetch_all_valid()["incidents"]["incidents"]] == ["postmortem"]


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Kolkata"])
def test_years_of_real_history_in_three_zones(
    zone: str, take: Callable[[Document], Report], settings: Any, now: datetime
) -> None:
    settings.PAGE_TIME_ZONE = zone
    take(real("github-2022-2026.json"))
    assert Incident.objects.count() > 800
    found = fetch_all_valid()
    assert len(found["incidents"]["incidents"]) == 50
    take(real("instructure-summary.json"))
    fetch_all_valid()


@pytest.mark.parametrize(
    ("zone", "instants"),
    [
        ("UTC", ("2026-10-24T12:00:00.000Z", "2026-10-25T12:00:00.000Z")),
        ("Europe/London", ("2026-10-24T13:00:00.000+01:00", "2026-10-25T12:00:00.000+00:00")),
        ("America/Los_Angeles", ("2026-10-24T05:00:00.000-07:00", "2026-10-25T05:00:00.000-07:00")),
        ("Australia/Lord_Howe", ("2026-10-24T23:00:00.000+11:00", "2026-10-25T23:00:00.000+11:00")),
    ],
)
def test_instants_carry_the_offset_in_force_there_and_then(
    zone: str, instants: tuple[str, str], settings: Any, incident: Callable[..., Incident], ops: Actor
) -> None:
    settings.PAGE_TIME_ZONE = zone
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    opened = incident(now=start)
    opened.post_update(by=ops, status=S.RESOLVED, now=start + DAY)
    [told] = fetch_all_valid()["incidents"]["incidents"]
    assert (told["started_at"], told["resolved_at"]) == instants


def test_the_offset_changes_with_summer_time(settings: Any, incident: Callable[..., Incident], ops: Actor) -> None:
    settings.PAGE_TIME_ZONE = "America/Los_Angeles"
    start = datetime(2026, 11, 1, 8, 59, 59, 999_999, tzinfo=UTC)
    incident(now=start).post_update(by=ops, status=S.RESOLVED, now=start + timedelta(microseconds=1))
    [told] = fetch_all_valid()["incidents"]["incidents"]
    assert (told["started_at"], told["resolved_at"]) == (
        "2026-11-01T01:59:59.999-07:00",
        "2026-11-01T01:00:00.000-08:00",
    )
