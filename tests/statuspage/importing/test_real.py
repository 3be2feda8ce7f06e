"""Documents as they were captured live."""

from collections.abc import Callable
from datetime import datetime

from incidents import page
from incidents.models import Impact, MaintenanceWindow, Service
from incidents.statuspage.importing.report import Report
from tests.statuspage.conftest import Document, real

Take = Callable[[Document], Report]


def levels(**of: object) -> list[tuple[str, str, str, str | None]]:
    return [
        (i.service.name, i.level, f"{i.started_at:%d %H:%M:%S}", f"{i.ended_at:%d %H:%M:%S}" if i.ended_at else None)
        for i in Impact.objects.filter(**of).select_related("service").order_by("started_at", "service__name")
    ]


def test_github_2024_has_the_levels_that_its_updates_name(take: Take) -> None:
    take(real("github-2024-incidents.json"))

    assert levels() == [
        ("Actions", "partial_outage", "16 21:31:02", "16 21:37:26"),
        ("Pages", "partial_outage", "16 21:31:02", "16 21:52:44"),
        ("Actions", "major_outage", "16 21:37:26", "16 21:55:28"),
        ("Actions", "partial_outage", "16 21:55:28", "16 22:08:39"),
    ]


def test_instructure_has_its_groups_and_its_open_incident(take: Take) -> None:
    take(real("instructure-summary.json"))

    assert sorted({s.group.name for s in Service.objects.all() if s.group}) == [
        "Canvas",
        "MasteryConnect",
        "Portfolium",
    ]
    assert [hit[0] for hit in levels(ended_at=None)] == [
        "Canvas",
        *("Assessments", "Benchmarks", "Portal", "Reporting"),
        *("EDU Platform", "Web Application", "Website"),
    ]


def test_payfast_was_under_maintenance_as_planned(take: Take) -> None:
    take(real("payfast-2022-scheduled-maintenances.json"))

    assert levels() == [("Payments :: Masterpass", "under_maintenance", "21 20:00:00", "22 03:00:30")]


def test_discord_names_no_component_for_its_maintenance(take: Take) -> None:
    take(real("discord-2019-scheduled-maintenances.json"))

    assert MaintenanceWindow.objects.get().updates.count() == 3
    assert levels() == []


def test_an_outage_under_way_has_the_headline_of_its_source(take: Take, now: datetime) -> None:
    document = real("github-summary-outage-2020.json")

    report = take(document)

    overall = page.home(now).overall
    assert (overall.indicator, overall.headline) == tuple(document["status"].values())
    assert len(report.unexplained) == 6
