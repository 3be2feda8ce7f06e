from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from incidents.severity import ServiceStatus
from tests.public.conftest import Soup, words

L = ServiceStatus


def headline(soup: Soup) -> str:
    return words(soup("/").select_one("[role=status] h1"))


@pytest.mark.usefixtures("under_way", "resolved")
def test_the_page_reads_in_the_order_that_an_annoyed_visitor_needs(
    soup: Soup, incident: Callable[..., Incident], window: Callable[..., MaintenanceWindow], now: datetime
) -> None:
    incident()
    window(scheduled_start_at=now + timedelta(days=5), scheduled_end_at=now + timedelta(days=6))
    assert [words(part) for part in soup("/").select(".brand, .masthead .button, h1, h2")] == [
        "Status",
        "Subscribe to updates",
        "Minor Service Outage: API",
        "Open incidents",
        "Maintenance under way",
        "Services",
        "Upcoming maintenance",
        "Past incidents",
        "Subscribe to updates",
    ]


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ((L.MAJOR_OUTAGE, L.MAJOR_OUTAGE), "Major System Outage"),
        ((L.MAJOR_OUTAGE, L.PARTIAL_OUTAGE), "Partial System Outage"),
        ((L.PARTIAL_OUTAGE, L.PARTIAL_OUTAGE), "Partial System Outage"),
        ((L.PARTIAL_OUTAGE, L.DEGRADED_PERFORMANCE), "Minor Service Outage"),
        ((L.DEGRADED_PERFORMANCE, L.DEGRADED_PERFORMANCE), "Degraded System Service"),
        ((L.DEGRADED_PERFORMANCE, L.UNDER_MAINTENANCE), "Partially Degraded Service"),
        ((L.UNDER_MAINTENANCE, L.UNDER_MAINTENANCE), "Service Under Maintenance"),
        ((L.OPERATIONAL, L.OPERATIONAL), "All Systems Operational"),
    ],
)
@pytest.mark.usefixtures("api", "login")
def test_each_overall_state_has_its_words(
    soup: Soup, incident: Callable[..., Incident], levels: tuple[ServiceStatus, ServiceStatus], told: str
) -> None:
    if levels[0] is not L.OPERATIONAL:
        incident(levels=dict(zip(Service.objects.all(), levels, strict=True)))
    assert headline(soup) == told
    assert words(soup("/").title) == f"{told} – Status"


@pytest.mark.usefixtures("login")
def test_the_only_service_that_is_hit_is_named(soup: Soup, api: Service, incident: Callable[..., Incident]) -> None:
    incident(levels={api: L.PARTIAL_OUTAGE})
    assert headline(soup) == "Minor Service Outage: API"


@pytest.mark.usefixtures("resolved")
def test_the_headline_says_when_it_was_true(soup: Soup) -> None:
    stamp = soup("/").select_one("[role=status] time")
    assert stamp is not None
    assert (stamp["datetime"], words(stamp)) == ("2026-11-21T12:00:00Z", "12:00 UTC")
    assert "as of 12:00 UTC" in words(soup("/").select_one("[role=status] p"))


@pytest.mark.usefixtures("api")
def test_a_group_is_folded_while_all_is_well_and_open_otherwise(
    soup: Soup, service: Callable[..., Service], incident: Callable[..., Incident], ops: Actor
) -> None:
    group = ServiceGroup.add(by=ops, slug="money", name="Payments")
    cards = service("cards", group=group)
    assert not soup("/").select(".group > details[open]")
    incident(levels={cards: None})
    assert soup("/").select(".group > details[open]")


def test_an_open_incident_shows_its_last_word_and_folds_the_rest(
    soup: Soup, api: Service, incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    story = incident(levels={api: None}, now=now - timedelta(minutes=125), message="First word.")
    story.post_update(
        by=ops,
        status=IncidentStatus.IDENTIFIED,
        message="Last word.",
        now=now - timedelta(minutes=5),
        next_update_at=now + timedelta(minutes=25),
    )
    (card,) = soup("/").select("article.story")
    assert card.select(f"h3 a[href='/incidents/{story.pk}/']")
    assert "Last word." in words(card.select_one("ol"))
    assert "First word." in words(card.select_one("details ol"))
    for part in (
        "Minor impact",
        "for 2 hours 5 minutes so far",
        "API",
        "Next update by 21 Nov 2026, 12:25 UTC",
        "1 earlier",
    ):
        assert part in words(card)


def test_an_open_incident_tells_the_level_that_holds_now(
    soup: Soup, api: Service, incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    story = incident(levels={api: L.MAJOR_OUTAGE}, now=now - timedelta(hours=1))
    story.post_update(by=ops, status=IncidentStatus.INVESTIGATING, levels={api: L.DEGRADED_PERFORMANCE}, now=now)
    assert [words(chip) for chip in soup("/").select(".chips li")] == ["API Degraded performance"]


@pytest.mark.usefixtures("resolved")
def test_the_last_fifteen_days_each_have_a_heading(soup: Soup) -> None:
    days = [words(day) for day in soup("/").select(".day")]
    assert len(days) == 15
    assert days[0] == "21 Nov 2026 No incidents reported."
    assert days[3].startswith("18 Nov 2026 Slow answers Minor impact 1 hour 30 minutes")
    assert sum("No incidents reported." in day for day in days) == 14


@pytest.mark.usefixtures("planned")
def test_upcoming_maintenance_prints_start_end_and_zone(soup: Soup) -> None:
    (row,) = soup("/").select("section[aria-labelledby=upcoming-title] li")
    assert words(row) == "Upgrade 23 Nov 2026, 14:00 – 16:00 UTC Affects API"


def test_a_page_without_services_says_so(soup: Soup, db: None) -> None:
    assert "No services yet." in soup("/").get_text()


@pytest.mark.usefixtures("resolved")
def test_the_strip_has_ninety_days_that_explain_themselves(soup: Soup) -> None:
    strip = soup("/").select_one(".strip[role=img]")
    assert strip is not None
    days = strip.select("i")
    assert len(days) == 90
    assert days[-4]["title"] == "18 November: degraded performance, 1 hour 30 minutes"
    assert days[-1]["title"] == "21 November: no incidents"
    assert days[0]["title"] == "24 August: no data"
    assert "trouble on 1 day" in str(strip["aria-label"])
