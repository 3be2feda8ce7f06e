import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from bs4.element import NavigableString

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from incidents.severity import ServiceStatus
from tests.public.conftest import Pages, Soup, words

L = ServiceStatus
ARABIC = "تعذر الوصول"


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
    strip = soup("/").select_one(".strip[role=listbox]")
    assert strip is not None
    days = strip.select("i")
    assert len(days) == 90
    assert days[-4]["aria-label"] == "18 November: degraded performance, 1 hour 30 minutes"
    assert days[-1]["aria-label"] == "21 November: no incidents"
    assert days[0]["aria-label"] == "24 August: no data"
    assert "trouble on 1 day" in str(strip["aria-label"])


@pytest.mark.usefixtures("resolved")
def test_a_hidden_table_tells_the_same_days_and_joins_those_that_are_alike(soup: Soup) -> None:
    table = soup("/").select_one("table.unseen")
    assert words(table.caption if table else None) == "API, day by day"
    assert [words(row) for row in soup("/").select("table.unseen tr")] == [
        "24 August – 21 September no data",
        "22 September – 17 November no incidents",
        "18 November degraded performance, 1 hour 30 minutes",
        "19 November – 21 November no incidents",
    ]


@pytest.mark.usefixtures("resolved")
def test_each_story_tells_its_first_and_last_day(soup: Soup, incident: Callable[..., Incident], now: datetime) -> None:
    incident(title="Still open", now=now - timedelta(hours=30))
    told = [str(story["data-days"]) for story in soup("/").select("[data-days]")]
    assert told == ["2026-11-20/", "2026-11-18/2026-11-18"]


@pytest.mark.usefixtures("api")
def test_how_uptime_is_computed_is_told_below_the_figures(soup: Soup) -> None:
    for path in ("/", "/services/api/", "/history/2026/11/"):
        assert "a partial outage for three tenths" in words(soup(path).select_one("details.formula"))


def test_what_people_write_finds_its_own_direction(
    soup: Soup, pages: Pages, say_everywhere: Callable[[str], None]
) -> None:
    """Wherever it is a text of its own; within our sentences it is part of them."""
    say_everywhere(ARABIC)
    wishes = f"/subscribe/?incident={Incident.objects.get(status='investigating').pk}"
    for name in ("home", "incident", "maintenance", "service", "month", "embed", "wishes"):
        body = soup({**pages, "wishes": wishes}[name]).select("body")[0]
        texts = body.find_all(string=re.compile(f"^\\s*{ARABIC}"))
        assert texts, name
        lost = [text.parent for text in texts if not text.find_parent(["bdi", "caption"]) and not directed(text)]
        assert lost == [], name


def directed(text: NavigableString) -> bool:
    return any(parent.get("dir") == "auto" for parent in text.parents)
