"""Sending again what was given up, or what an endpoint has lost after it got it."""

from datetime import datetime

from django.db.models import Count, QuerySet

from incidents.models.audit import Actor, AuditEntry
from incidents.models.clock import database_now
from incidents.models.delivery import Delivery
from incidents.models.incident import Incident
from incidents.models.maintenance import MaintenanceWindow
from incidents.models.message import State
from incidents.models.subscription import Subscription
from incidents.models.transaction import in_one_transaction

REPLAYABLE = (State.DEAD, State.SENT)
_STORIES = {"incident": Incident, "maintenancewindow": MaintenanceWindow}


@in_one_transaction
def replay(rows: "QuerySet[Delivery]", *, by: Actor, now: datetime | None = None) -> int:
    """Each goes out once more, under the id that it had, so that who has it already can tell; returns how many.

    What still waits, what newer word has superseded, and what went to those who have left or are disabled, stays as
    it is. The audit trail has an entry for each story, else for each subscription, that it is about. Raises Busy.
    """
    now = now or database_now()
    there = Subscription.objects.active().values("pk")
    chosen = Delivery.objects.filter(
        pk__in=rows.order_by().values("pk"), subscription__in=there, state__in=REPLAYABLE
    ).order_by()
    _record(chosen, by, now)
    return chosen.update(state=State.RETRY, attempts=0, arrived=0, due_at=now, finished_at=None)


def _record(chosen: "QuerySet[Delivery]", by: Actor, now: datetime) -> None:
    told = chosen.filter(event__isnull=False).values_list("event__subject_type", "event__subject_id")
    for kind, pk, count in told.annotate(Count("pk")):
        for story in _STORIES[kind]._base_manager.filter(pk=pk):
            AuditEntry.record("deliveries_replayed", story, by=by, now=now, after={"deliveries": count})
    for pk, count in chosen.filter(event=None).values_list("subscription").annotate(Count("pk")):
        AuditEntry.record("deliveries_replayed", Subscription(pk=pk), by=by, now=now, after={"deliveries": count})
