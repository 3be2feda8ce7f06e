from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from tests.public.conftest import Soup, words


@pytest.mark.usefixtures("resolved")
def test_a_service_shows_its_uptime_by_window_and_by_month(soup: Soup) -> None:
    page = soup("/services/api/")
    assert [words(tile) for tile in page.select(".tiles div")] == [
        f"{n} 100 %" for n in ("24 hours", "7 days", "30 days", "90 days")
    ]
    months = [words(row) for row in page.select("tbody tr")]
    assert len(months) == 12
    assert months[0] == "November 2026 Degraded performance 1 hour 30 minutes 100 %"
    assert months[-1] == "December 2025 No data"


@pytest.mark.usefixtures("resolved")
def test_a_service_lists_what_hit_it(soup: Soup) -> None:
    assert [words(title) for title in soup("/services/api/").select("article.past h3")] == ["Slow answers"]


@pytest.mark.usefixtures("api")
def test_a_service_without_trouble_says_so(soup: Soup) -> None:
    assert "Nothing happened here in the last 90 days." in words(soup("/services/api/").main)


@pytest.mark.usefixtures("api")
def test_the_history_opens_at_the_newest_month_that_has_something(
    soup: Soup, incident: Callable[..., Incident], now: datetime
) -> None:
    long_ago = now - timedelta(days=90)
    incident(
        title="In August",
        status=IncidentStatus.RESOLVED,
        started_at=long_ago,
        resolved_at=long_ago + timedelta(hours=1),
    )
    assert words(soup("/history/").h1) == "August 2026"
    assert "In August" in words(soup("/history/").main)


@pytest.mark.usefixtures("resolved")
def test_a_month_shows_each_day_of_each_service_and_its_uptime(soup: Soup) -> None:
    (row,) = [row for row in soup("/history/2026/11/").select(".heat li") if row.a]
    assert len(row.select("i")) == 21
    assert words(row.select_one(".share")) == "100 %"
    assert row.select("i")[17]["aria-label"] == "18 November: degraded performance, 1 hour 30 minutes"


def test_months_lead_to_the_nearest_ones_that_have_something(
    soup: Soup, resolved: Incident, incident: Callable[..., Incident], now: datetime
) -> None:
    long_ago = now - timedelta(days=90)
    incident(status=IncidentStatus.RESOLVED, started_at=long_ago, resolved_at=long_ago + timedelta(hours=1))
    assert soup("/history/2026/11/").select(".pager a[rel=prev][href='/history/2026/08/']")
    assert soup("/history/2026/08/").select(".pager a[rel=next][href='/history/2026/11/']")


def test_together_the_months_show_every_incident_exactly_once(
    soup: Soup, api: Service, incident: Callable[..., Incident], now: datetime
) -> None:
    for days in range(0, 400, 13):
        start = now - timedelta(days=days, hours=30)
        incident(
            title=f"No. {days}",
            status=IncidentStatus.RESOLVED,
            started_at=start,
            resolved_at=start + timedelta(hours=26),
        )
    incident(title="Open")
    found: list[str] = []
    path: str | None = "/history/"
    while path:
        page = soup(path)
        found += [words(title) for title in page.select("article.past h3")]
        older = page.select_one(".pager a[rel=prev]")
        path = str(older["href"]) if older else None
    assert sorted(found) == sorted(["Open", *(f"No. {days}" for days in range(0, 400, 13))])


@pytest.mark.usefixtures("api")
def test_a_month_without_anything_says_so(soup: Soup) -> None:
    assert "No incidents reported." in words(soup("/history/2026/10/").main)


@pytest.mark.parametrize(
    "path",
    [
        "/history/0000/99/",
        "/history/2026/13/",
        "/history/1999/12/",
        "/history/2026/12/",
        "/history/9999/12/",
        "/history/2026/1/",
        "/incidents/000000000000/",
        "/incidents/short/",
        "/incidents/ABCDEFGHIJKL/",
        "/incidents/abcdefghijkl%0A/",
        "/maintenance/000000000000/",
        "/services/unknown/",
        "/services/api%0A/",
        f"/services/{'a' * 101}/",
        "/errors/unknown/",
        "/nothing/here/",
    ],
)
@pytest.mark.usefixtures("api", "frozen")
def test_what_does_not_exist_is_a_page_that_says_so(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


@pytest.mark.parametrize("path", ["/incidents/abc%00efghijkl/", "/services/%00/", "/errors/%00/", "/history/%00/01/"])
def test_a_nul_in_an_address_never_reaches_the_database(client: Client, path: str) -> None:
    assert client.get(path).status_code in (400, 404)


def test_a_window_that_ended_is_listed_in_the_month_of_its_end(
    soup: Soup, window: Callable[..., MaintenanceWindow], ops: Actor, now: datetime
) -> None:
    start = now - timedelta(days=40)
    done = window(scheduled_start_at=start, scheduled_end_at=start + timedelta(hours=1), now=start - timedelta(days=1))
    done.advance(ops, start)
    done.advance(ops, start + timedelta(hours=1))
    assert "Upgrade Maintenance Completed 12 Oct 2026, 12:00 – 13:00 UTC" in words(soup("/history/2026/10/").main)


def test_a_month_lists_the_services_in_the_order_of_the_home_page(
    soup: Soup, service: Callable[..., Service], ops: Actor
) -> None:
    group = ServiceGroup.add(by=ops, slug="money", name="Payments", position=1)
    service("payouts", group=group, position=1)
    service("search", position=2)
    service("cards", group=group, position=5)
    shown = [words(row.a) for row in soup("/history/2026/11/").select(".heat li") if row.a]
    assert shown == ["Payouts", "Cards", "Search"]
