"""What a document costs does not depend on how much history there is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service
from tests.conftest import NOW
from tests.statuspage.served import address

pytestmark = pytest.mark.usefixtures("frozen")
MOST = {
    "summary": 12,
    "status": 5,
    "components": 5,
    "incidents": 8,
    "incidents/unresolved": 8,
    "scheduled-maintenances": 9,
    "scheduled-maintenances/upcoming": 9,
    "scheduled-maintenances/active": 9,
    "incident": 11,
    "/history": 7,
}


@pytest.fixture
def tell(
    service: Callable[..., Service],
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
    ops: Actor,
) -> Callable[[int], None]:
    """Adds so many services, each with incidents open and over, and windows ahead, running and over."""

    def add(count: int) -> None:
        for _ in range(count):
            api = service(f"s{Service.objects.count()}")
            for moves in ([IncidentStatus.IDENTIFIED], [IncidentStatus.MONITORING, IncidentStatus.RESOLVED]):
                story = incident(levels={api: None}, now=NOW - timedelta(hours=2))
                for move in moves:
                    story.post_update(by=ops, status=move)
            for done in ([], [MaintenanceStatus.IN_PROGRESS], [MaintenanceStatus.IN_PROGRESS, "completed"]):
                plan: dict[str, Any] = {"scheduled_start_at": NOW, "scheduled_end_at": NOW + timedelta(hours=1)}
                planned = window(**plan, services=[api])
                for to in done:
                    planned.post_update(by=ops, status=MaintenanceStatus(to))

    return add


def queries() -> dict[str, int]:
    id = Incident.objects.order_by("pk")[0].pk
    return {name: count(address(f"incidents/{id}" if name == "incident" else name)) for name in MOST}


def count(path: str) -> int:
    path = "/history" if "history" in path else path
    with CaptureQueriesContext(connection) as captured:
        assert Client().get(path, headers={"Accept": "application/json"}).status_code == 200
    return len(captured)


def test_the_number_of_queries_is_small_and_stays_with_ten_times_the_history(tell: Callable[[int], None]) -> None:
    tell(2)
    before = queries()
    tell(18)
    assert queries() == before
    assert {name: found for name, found in before.items() if found > MOST[name]} == {}
