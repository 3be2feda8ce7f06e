"""What a page costs does not depend on how much history there is."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from incidents.severity import ServiceStatus
from tests.public.conftest import Pages

MOST = {"home": 10, "incident": 6, "maintenance": 6, "service": 8, "history": 12, "month": 10, "rss": 10}

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


def test_a_home_page_with_twenty_services_is_small(
    client: Client, service: Callable[..., Service], incident: Callable[..., Incident], ops: Actor, frozen: object
) -> None:
    group = ServiceGroup.add(by=ops, slug="regions", name="Regions")
    services = [
        service(
            f"service-{n}", name=f"Service number {n}", description="What it is for.", group=group if n < 6 else None
        )
        for n in range(20)
    ]
    for n in range(3):
        incident(title="Something is wrong", levels={services[n]: ServiceStatus.PARTIAL_OUTAGE})
    page = client.get("/").content.decode()
    without_days = re.sub(r"<i( class='\w+')? title='[^']*'></i>", "", page)
    assert len(page) - len(without_days) > 50_000
    assert len(without_days.encode()) <= 35_000
