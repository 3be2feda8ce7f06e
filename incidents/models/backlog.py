"""Whether people are being told: what waits and what failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from incidents.models.delivery import Delivery
from incidents.models.message import DONE, State
from incidents.models.pacing import Lane
from incidents.models.subscription import Subscription

DAY = timedelta(days=1)
LATE = timedelta(minutes=2)  # for longer nothing waits while all is well


@dataclass(frozen=True)
class Backlog:
    """`oldest_due_at`: of what is due and not sent. `failed`, `disabled`: in the last day."""

    waiting: dict[Lane, int]
    oldest_due_at: datetime | None
    failed: int
    disabled: int
    is_late: bool


def backlog(now: datetime) -> Backlog:
    """Three queries. `now` is the database's."""
    unsent = Delivery.objects.exclude(state__in=DONE).filter(finished_at=None).order_by()
    counts = dict(unsent.values_list("lane").annotate(Count("pk")))
    oldest = unsent.filter(due_at__lte=now).aggregate(at=Min("due_at"))["at"]
    return Backlog(
        waiting={lane: counts[lane] for lane in Lane if lane in counts},
        oldest_due_at=oldest,
        failed=Delivery.objects.filter(state=State.DEAD, finished_at__gte=now - DAY).count(),
        disabled=Subscription.objects.filter(disabled_at__gte=now - DAY).count(),
        is_late=oldest is not None and now - oldest > LATE,
    )
