"""What a page of the desk asks of the database does not grow with what there is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents import roles
from incidents.admin.paginator import MOST, CappedPaginator
from incidents.lifecycle import IncidentStatus
from incidents.models import (
    Actor,
    AlertSource,
    AuditEntry,
    Delivery,
    Event,
    Incident,
    IncidentTemplate,
    MachineToken,
    MaintenanceSeries,
    MaintenanceWindow,
    Service,
    ServiceGroup,
    Signal,
    Subscription,
)
from incidents.models.alert_source import Product
from incidents.models.message import State
from incidents.severity import ServiceStatus
from tests.admin.filling import Desk
from tests.admin.places import addresses, furnish

BY = Actor("ops", "test")
SEARCHES = ("incident/?q=number", "delivery/?q=number", "delivery/?last_error=timeout", "auditentry/?q=number")
# Asked in a way that cannot be compared: of all there is, in chunks, or leading elsewhere.
DOWNLOADS = ("text/csv", "application/json", "application/x-ndjson")


class Growing:
    """`more`: other rows of every kind, and more inside of those that the desk's addresses show."""

    def __init__(self) -> None:
        furnish()
        self.group, self.source = ServiceGroup.objects.get(), AlertSource.objects.get()
        self.told = Incident.objects.get(status=IncidentStatus.INVESTIGATING)
        self.planned = MaintenanceWindow.objects.get(series=None)
        self.reader, self.delivery = Subscription.objects.get(), Delivery.objects.order_by("pk").last()

    def more(self, count: int) -> None:
        first = Service.objects.count()
        for n in range(first, first + count):
            hit = Service.add(by=BY, slug=f"service-{n}", name=f"Service {n}", group=self.group)
            self._inside(n, hit)
            self._beside(n, hit)

    def _inside(self, n: int, hit: Service) -> None:
        now = timezone.now()
        self.told.post_update(
            by=BY, status=self.told.state, levels={hit: ServiceStatus.DEGRADED_PERFORMANCE}, next_update_at=None
        )
        self.planned.services.add(hit)
        self.planned.post_update(by=BY, status=self.planned.state, message=f"Number {n}.")
        self.source.receive([Signal(f"number-{n}", "Disk", True, now)], by=BY, now=now)
        assert self.delivery
        self.delivery.history.create(number=n, at=now, milliseconds=9, error="timeout")
        event = Event.objects.filter(subject_id=self.told.pk, notify=True).latest("id")
        due: dict[str, Any] = {"event": event, "lane": "mail", "due_at": now, "created_at": now, "finished_at": now}
        Delivery.objects.create(subscription=self.reader, state=State.DEAD, last_error="timeout", **due)

    def _beside(self, n: int, hit: Service) -> None:
        now = timezone.now()
        named: dict[str, Any] = {"by": BY, "slug": f"number-{n}", "name": f"Number {n}"}
        ServiceGroup.add(**named)
        IncidentTemplate.add(**named, title="Slow", severity="minor")
        AlertSource.add(**named, product=Product.GENERIC)
        rule: dict[str, Any] = {"title": "Updates", "rule": "FREQ=WEEKLY", "minutes": 60, "first_start_at": now}
        MaintenanceSeries.add(**named, **rule, services=[hit.pk])
        MachineToken.issue(f"number-{n}", [roles.PLATFORM_OPS], days=1, by=BY)
        Subscription.subscribe(f"reader{n}@example.com", now=now)
        opened: dict[str, Any] = {
            "by": BY,
            "title": f"Number {n}",
            "severity": "minor",
            "force": True,
            "levels": {hit: None},
        }
        Incident.open(**opened, status=IncidentStatus.INVESTIGATING)
        Incident.open(**opened, status=IncidentStatus.DRAFT)
        Incident.open(**opened, status=IncidentStatus.RESOLVED, started_at=now, resolved_at=now)


@pytest.fixture
def growing(db: None) -> Growing:
    found = Growing()
    found.more(3)  # as many events as a page tells of
    return found


def queries(desk: Desk, paths: Iterable[str]) -> dict[str, list[str]]:
    """Path → what it asks; of the pages that there are to be read."""
    found = {}
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            answer = desk.client.get(path)
        if answer.status_code == 200 and not answer["Content-Type"].startswith(DOWNLOADS):
            found[path] = [query["sql"] for query in asked]
    return found


def test_every_page_asks_the_same_however_much_there_is(desk: Desk, growing: Growing) -> None:
    paths = [*addresses(), *(f"/admin/incidents/{search}" for search in SEARCHES)]
    assert len(queries(desk, paths)) > 60  # what is asked once only, is asked now
    few = queries(desk, paths)
    growing.more(4)
    many = queries(desk, few)
    assert {path: len(asked) for path, asked in many.items()} == {path: len(asked) for path, asked in few.items()}


def test_a_list_counts_no_further_than_it_leads(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incidents.admin.paginator.MOST", 3)
    for n in range(3):
        AuditEntry.record("tried", f"Number {n}", by=BY, now=datetime.fromisoformat("2026-11-21T12:00Z"))
    rows = AuditEntry.objects.all()
    assert (CappedPaginator(rows, 2).count, str(CappedPaginator(rows, 2).count)) == (3, "3")
    AuditEntry.record("tried", "One more", by=BY, now=datetime.fromisoformat("2026-11-21T12:00Z"))
    assert (CappedPaginator(rows, 2).count, str(CappedPaginator(rows, 2).count)) == (3, "3+")
    assert MOST == 10_000
