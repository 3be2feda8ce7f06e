"""What a page costs does not depend on how much history there is."""

import gzip
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from incidents.severity import ServiceStatus
from tests.public.conftest import Pages

MOST = {"home": 10, "incident": 6, "maintenance": 6, "service": 8, "history": 12, "month": 10}

type Tell = Callable[[int], None]


@pytest.fixture
def tell(
    api: Service,
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
    ops: Actor,
    now: datetime,
) -> Tell:
    """Adds that many incidents and windows to the last ten days."""

    def add(count: int) -> None:
        for n in range(count):
            at = now - timedelta(days=9) * (n + 1) / count
            story = incident(levels={api: None}, now=at)
            if n:
                story.post_update(by=ops, status=IncidentStatus.RESOLVED, now=at + timedelta(minutes=5))
            done = window(
                scheduled_start_at=at,
                scheduled_end_at=at + timedelta(hours=1),
                services=[api],
                now=at - timedelta(hours=1),
            )
            done.advance(ops, at)
            done.advance(ops, at + timedelta(hours=1))

    return add


def queries(client: Client, pages: Pages) -> dict[str, int]:
    counted = {}
    for name, path in pages.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counted[name] = len(captured)
    return counted


def test_the_number_of_queries_is_small_and_stays_with_ten_times_the_history(
    client: Client, pages: Pages, tell: Tell
) -> None:
    tell(4)
    before = queries(client, pages)
    tell(36)
    assert queries(client, pages) == before
    assert {name: count for name, count in before.items() if count > MOST.get(name, 10)} == {}


@pytest.fixture
def busy_page(
    client: Client, service: Callable[..., Service], incident: Callable[..., Incident], ops: Actor, now: datetime
) -> bytes:
    """The home page with twenty services, three open incidents and one on each of fifteen days."""
    group = ServiceGroup.add(by=ops, slug="regions", name="Regions")
    services = [
        service(
            f"service-{n}",
            name=f"Service number {n}",
            description="What it is for.",
            group=group if n < 6 else None,
            now=now - timedelta(days=200),
        )
        for n in range(20)
    ]
    for n in range(15):
        at = now - timedelta(days=n, hours=3)
        story = incident(title=f"Trouble of day {n}", levels={services[n]: None}, now=at, message=WORDS * 2)
        story.post_update(by=ops, status=IncidentStatus.RESOLVED, message=WORDS, now=at + timedelta(minutes=40 + n))
    for n in range(3):
        incident(title="Something is wrong", levels={services[n]: ServiceStatus.PARTIAL_OUTAGE}, message=WORDS)
    return client.get("/").content


WORDS = "We see errors in one region and have taken load away from it; the rest works. "
STRIP = re.compile(rb'<div class="strip.*?</div><table.*?</table>', re.DOTALL)


@pytest.mark.usefixtures("frozen")
def test_a_home_page_with_twenty_services_is_small(busy_page: bytes) -> None:
    without_strips = STRIP.sub(b"", busy_page)
    assert len(STRIP.findall(busy_page)) == 20
    assert len(without_strips) <= 35_000
    assert len(gzip.compress(without_strips)) <= 12_000
    assert len(gzip.compress(busy_page)) <= 25_000


@pytest.mark.parametrize(("name", "most"), [("public.css", 14_000), ("public.js", 6_000)])
def test_what_a_page_loads_is_small(name: str, most: int) -> None:
    assert len(gzip.compress((Path(settings.BASE_DIR) / "static" / name).read_bytes())) <= most


@pytest.mark.parametrize("route", ["home", "incident", "service", "history", "subscribe"])
def test_one_style_sheet_is_all_that_a_first_paint_waits_for(client: Client, pages: Pages, route: str) -> None:
    page = BeautifulSoup(client.get(pages[route]).content, "html.parser")
    assert [link["href"] for link in page.select("link[rel=stylesheet]")] == ["/static/public.css"]
    assert [script["src"] for script in page.select("script:not([async])")] == []
