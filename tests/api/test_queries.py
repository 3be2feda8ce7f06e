"""The cost of a read does not grow with the history."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller

OPS = Actor("ops", "test")

BUDGETS = {
    f"{PROBLEM}/incidents": 6,
    f"{PROBLEM}/incidents?service=s0&status=identified&page=2&page_size=2": 6,
    f"{PROBLEM}/maintenances": 6,
    f"{ENVELOPE}/incidents?pageSize=100": 6,
    f"{ENVELOPE}/maintenance": 6,
    f"{PROBLEM}/overview": 6,
    f"{PROBLEM}/json": 6,
    f"{PROBLEM}/services": 6,
    f"{ENVELOPE}/summary": 8,
    f"{ENVELOPE}/history": 4,
    f"{ENVELOPE}/history?service=s0": 4,
    f"{PROBLEM}/metrics/uptime?service=s0&range=30d": 4,
    f"{PROBLEM}/metrics/latency?service=s0": 4,
}
FOR_OPS = {f"{PROBLEM}/incidents": 6, f"{ADMIN}/incidents": 6, f"{ADMIN}/maintenance": 6, f"{ADMIN}/services": 6}


@pytest.fixture
def history(
    service: Callable[..., Service], incident: Callable[..., Incident], window: Callable[..., MaintenanceWindow]
) -> Callable[[int], None]:
    """Adds so many incidents and windows, each with an update and two services of its own."""

    def add(count: int) -> None:
        soon = timezone.now() + timedelta(days=1)
        for n in range(count):
            hit: dict[Service, Any] = {service(f"s{Service.objects.count()}"): None for _ in range(2)}
            one = incident(title=f"No. {n}", levels=hit)
            one.post_update(by=OPS, status=IncidentStatus.IDENTIFIED)
            window(scheduled_start_at=soon, scheduled_end_at=soon + timedelta(hours=1), services=list(hit))

    return add


@pytest.mark.parametrize("path", BUDGETS)
def test_a_public_read_keeps_its_budget(
    anyone: Caller, history: Callable[[int], None], django_assert_max_num_queries: Any, path: str
) -> None:
    for count in (2, 18):
        history(count)
        with django_assert_max_num_queries(BUDGETS[path]) as found:
            assert anyone.get(path).status_code == 200
        if count == 2:
            few = len(found)
    assert len(found) == few


@pytest.mark.parametrize("path", FOR_OPS)
def test_a_list_for_ops_keeps_its_budget(
    ops_caller: Caller, history: Callable[[int], None], django_assert_max_num_queries: Any, path: str
) -> None:
    history(3)
    with django_assert_max_num_queries(FOR_OPS[path]):
        assert ops_caller.get(path).status_code == 200


def test_a_detail_takes_few_queries(
    anyone: Caller, history: Callable[[int], None], django_assert_max_num_queries: Any
) -> None:
    history(2)
    with django_assert_max_num_queries(4):
        anyone.get(f"{PROBLEM}/incidents/{Incident.objects.latest('created_at').pk}")
