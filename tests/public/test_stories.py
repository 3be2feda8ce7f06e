from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service
from incidents.severity import ServiceStatus
from tests.public.conftest import Soup, words


def at(story: Incident | MaintenanceWindow) -> str:
    return f"/{'incidents' if isinstance(story, Incident) else 'maintenance'}/{story.pk}/"


def test_an_incident_tells_its_states_impact_length_and_services(soup: Soup, resolved: Incident) -> None:
    page = soup(at(resolved))
    assert [words(step) for step in page.select(".steps li")] == [
        "Investigating 18 Nov 2026, 12:00 UTC",
        "Identified 18 Nov 2026, 12:20 UTC",
        "Monitoring 18 Nov 2026, 13:00 UTC",
        "Resolved 18 Nov 2026, 13:30 UTC",
    ]
    assert words(page.select_one(".badge")) == "Minor impact"
    assert "Lasted 1 hour 30 minutes" in words(page.select_one("dl"))
    assert [words(hit) for hit in page.select(".hits li")] == ["API Degraded performance 1 hour 30 minutes"]
    assert words(page.title) == "Slow answers (resolved) – Status"


def test_the_timeline_shows_every_update_newest_first(soup: Soup, resolved: Incident) -> None:
    told = [words(update) for update in soup(at(resolved)).select(".timeline > li")]
    assert [line.split()[0] for line in told] == ["Resolved", "Monitoring", "Identified", "Investigating"]
    assert "We see slow answers." in told[-1]


def test_a_corrected_update_is_marked_as_edited(soup: Soup, resolved: Incident, ops: Actor, now: datetime) -> None:
    resolved.updates.latest("version").correct("All is well again.", by=ops, now=now)
    newest = soup(at(resolved)).select_one(".timeline > li")
    assert words(newest) == "Resolved 18 Nov 2026, 13:30 UTC edited 21 Nov 2026, 12:00 UTC All is well again."


def test_a_postmortem_shows_above_the_timeline_once_published(soup: Soup, resolved: Incident, ops: Actor) -> None:
    resolved.write_postmortem("A cable was *cut*.", published=False, by=ops)
    assert "A cable was" not in words(soup(at(resolved)))
    resolved.write_postmortem("A cable was *cut*.", published=True, by=ops)
    page = soup(at(resolved))
    assert [words(part) for part in page.select("main h2")] == ["Postmortem", "Affected services", "Updates"]
    assert page.select(".postmortem em")


def test_what_continues_an_incident_and_the_incident_link_to_each_other(
    soup: Soup, resolved: Incident, incident: Callable[..., Incident]
) -> None:
    later = incident(title="Slow again", continues=resolved)
    assert words(soup(at(resolved)).select_one(".related")) == "Continued by Slow again"
    assert words(soup(at(later)).select_one(".related")) == "Continues Slow answers"
    assert soup(at(later)).select(f".related a[href='{at(resolved)}']")


def test_incidents_lead_to_their_neighbours(soup: Soup, resolved: Incident, incident: Callable[..., Incident]) -> None:
    later = incident(title="Another")
    assert soup(at(resolved)).select(f".pager a[rel=next][href='{at(later)}']")
    assert soup(at(later)).select(f".pager a[rel=prev][href='{at(resolved)}']")


def test_a_service_that_is_still_hit_shows_its_level_now_and_at_worst(
    soup: Soup, api: Service, incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    story = incident(levels={api: ServiceStatus.MAJOR_OUTAGE}, now=now - timedelta(hours=2))
    easier = {api: ServiceStatus.DEGRADED_PERFORMANCE}
    story.post_update(by=ops, status=IncidentStatus.MONITORING, levels=easier, now=now - timedelta(hours=1))
    (hit,) = soup(at(story)).select(".hits li")
    assert words(hit) == "API Degraded performance 2 hours so far , at worst: major outage".replace(" ,", ",")


def test_a_window_that_is_to_come_counts_down(soup: Soup, planned: MaintenanceWindow) -> None:
    page = soup(at(planned))
    assert words(page.select_one(".badge")) == "23 Nov 2026, 14:00 – 16:00 UTC"
    assert "Starts in 2 days 2 hours" in words(page.select_one("dl"))
    assert [words(hit) for hit in page.select(".hits li")] == ["API Under maintenance 2 hours planned"]
    assert words(page.select_one(".timeline")).startswith("Scheduled 20 Nov 2026, 12:00 UTC We will be undergoing")


def test_a_window_in_progress_says_when_it_is_planned_to_end(soup: Soup, under_way: MaintenanceWindow) -> None:
    facts = words(soup(at(under_way)).select_one("dl"))
    assert "Started 21 Nov 2026, 11:55 UTC" in facts
    assert "Planned to end in 2 days 4 hours" in facts


def test_a_window_in_progress_shows_how_much_of_its_time_has_passed(
    soup: Soup, window: Callable[..., MaintenanceWindow], ops: Actor, now: datetime
) -> None:
    begun = now - timedelta(minutes=30)
    one = window(scheduled_start_at=begun, scheduled_end_at=now + timedelta(minutes=90), now=begun - timedelta(days=1))
    one.advance(ops, begun)
    for path in ("/", at(one)):
        bar = soup(path).select_one("progress[max='100']")
        assert bar
        assert bar["value"] == "25"


def test_a_cancelled_window_ends_its_steps_with_the_cancellation(
    soup: Soup, planned: MaintenanceWindow, ops: Actor
) -> None:
    planned.post_update(by=ops, status=MaintenanceStatus.CANCELLED)
    steps = [words(step).split()[0] for step in soup(at(planned)).select(".steps li")]
    assert steps == ["Scheduled", "Cancelled"]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/Sao_Paulo"])
def test_every_time_is_in_the_zone_of_the_page_and_says_so(
    soup: Soup, resolved: Incident, settings: object, zone: str
) -> None:
    settings.PAGE_TIME_ZONE = zone  # type: ignore[attr-defined]
    told = {"Asia/Kolkata": "18 Nov 2026, 17:30 IST", "America/Sao_Paulo": "18 Nov 2026, 09:00 UTC-03"}
    page = soup(at(resolved))
    stamps = [words(stamp) for stamp in page.select("main time")]
    assert told[zone] in stamps
    assert page.select("main time[datetime='2026-11-18T12:00:00Z']")
    assert f"All times are in {zone}." in words(page.footer)
