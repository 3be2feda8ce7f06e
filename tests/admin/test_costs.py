"""What a page of the desk asks of the database does not grow with what there is."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.admin.paginator import MOST, CappedPaginator
from incidents.lifecycle import IncidentStatus
from incidents.models import (
    Actor,
    AuditEntry,
    Delivery,
    Event,
    Incident,
    IncidentTemplate,
    MaintenanceWindow,
    Service,
    ServiceGroup,
    Subscription,
)
from incidents.models.message import State
from incidents.severity import ServiceStatus
from tests.admin.filling import Desk

BY = Actor("ops", "test")
PAGES = (
    "", "incidents/incident/", "incidents/incident/?q=number", "incidents/incident/add/", "incidents/incident/import/",
    "incidents/maintenancewindow/", "incidents/maintenancewindow/calendar/", "incidents/maintenancewindow/add/",
    "incidents/service/", "incidents/servicegroup/", "incidents/incidenttemplate/", "incidents/subscription/",
    "incidents/delivery/", "incidents/delivery/?q=number", "incidents/delivery/?last_error=timeout",
    "incidents/auditentry/", "incidents/auditentry/?q=number",
)  # fmt: skip
STORY_PAGES = ("change/", "details/", "merge/", "postmortem/", "delete/")


@pytest.fixture
def add(  # noqa: PLR0917
    service: Callable[..., Service],
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
    subscription: Callable[..., Subscription],
    delivery: Callable[..., Delivery],
    frozen: object,
    now: datetime,
) -> Callable[[int], None]:
    """Some more of everything."""
    one = incident(title="Told on, number 0")

    def more(count: int) -> None:
        told = Event.objects.filter(subject_id=one.pk, notify=True).latest("id")
        for n in range(Service.objects.count(), Service.objects.count() + count):
            group = ServiceGroup.add(by=BY, slug=f"group-{n}", name=f"Group {n}")
            hit = service(f"service-{n}", group=group)
            IncidentTemplate.add(by=BY, slug=f"t-{n}", name=f"T {n}", title="Slow", severity="minor")
            incident(title=f"Incident number {n}", levels={hit: ServiceStatus.PARTIAL_OUTAGE})
            incident(title=f"Old number {n}", status=IncidentStatus.RESOLVED, started_at=now, resolved_at=now)
            start = now + timedelta(days=1)
            window(scheduled_start_at=start, scheduled_end_at=start + timedelta(hours=1), services=[hit])
            one.post_update(by=BY, status=one.state, levels={hit: ServiceStatus.DEGRADED_PERFORMANCE})
            reader = subscription(f"reader{n}@example.com")
            delivery(reader, State.DEAD, event=told, last_error="timeout")

    more(2)  # as many events as a page tells of
    return more


def queries(desk: Desk, path: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert desk.client.get(path).status_code == 200
    return len(found)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_the_same_however_much_there_is(desk: Desk, add: Callable[[int], None], page: str) -> None:
    few = queries(desk, f"/admin/{page}")
    add(4)
    assert queries(desk, f"/admin/{page}") == few


@pytest.mark.parametrize("page", STORY_PAGES)
def test_so_does_a_page_of_an_incident(
    desk: Desk, add: Callable[[int], None], address: Callable[..., str], page: str
) -> None:
    path = address(Incident.objects.get(title="Told on, number 0"), page)
    few = queries(desk, path)
    add(4)
    assert queries(desk, path) == few


def test_a_list_counts_no_further_than_it_leads(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incidents.admin.paginator.MOST", 3)
    for n in range(3):
        AuditEntry.record("tried", f"Number {n}", by=BY, now=datetime.fromisoformat("2026-11-21T12:00Z"))
    rows = AuditEntry.objects.all()
    assert (CappedPaginator(rows, 2).count, str(CappedPaginator(rows, 2).count)) == (3, "3")
    AuditEntry.record("tried", "One more", by=BY, now=datetime.fromisoformat("2026-11-21T12:00Z"))
    assert (CappedPaginator(rows, 2).count, str(CappedPaginator(rows, 2).count)) == (3, "3+")
    assert MOST == 10_000
