"""Whether people are being told: what waits and what failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from incidents.models.delivery import Delivery
from incidents.models.message import DONE, State
from incidents.models.outbox import Event
from incidents.models.pacing import Lane
from incidents.models.subscription import Subscription

DAY = timedelta(days=1)
LATE = timedelta(minutes=2)  # for longer nothing waits while all is well


@dataclass(frozen=True)
class Backlog:
    """`oldest_due_at`: as below. `failed`, `disabled`: in the last day."""

    waiting: dict[Lane, int]
    oldest_due_at: datetime | None
    failed: int
    disabled: int
    is_late: bool


def backlog(now: datetime) -> Backlog:
    """Five queries. `now` is the database's."""
    unsent = Delivery.objects.exclude(state__in=DONE).filter(finished_at=None).order_by()
    counts = dict(unsent.values_list("lane").annotate(Count("pk")))
    oldest = oldest_due_at(now)
    return Backlog(
        waiting={lane: counts[lane] for lane in Lane if lane in counts},
        oldest_due_at=oldest,
        failed=Delivery.objects.filter(state=State.DEAD, finished_at__gte=now - DAY).count(),
        disabled=Subscription.objects.filter(disabled_at__gte=now - DAY).count(),
        is_late=oldest is not None and now - oldest > LATE,
    )


def oldest_due_at(now: datetime) -> datetime | None:
    """Of the messages that wait to be sent, and of the events that nobody has been told of yet. Two queries."""
    waiting = (Delivery.objects.due(now), Event.objects.to_fan_out().filter(due_at__lte=now))
    found = [rows.order_by("due_at").values_list("due_at", flat=True).first() for rows in waiting]
    return min((at for at in found if at), default=None)
