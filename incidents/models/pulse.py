"""Whether there is anybody at work, and how it goes: what monitoring wants to know of the workers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from incidents.models.backlog import DAY, LATE, oldest_due_at
from incidents.models.claiming import LOST
from incidents.models.delivery import Attempt, Delivery
from incidents.models.job import PeriodicJob
from incidents.models.message import State
from incidents.models.pacing import Lane

MISSED = timedelta(minutes=3)  # a worker has something to do every minute
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Pulse:
    """All by the database's clock.

    `idle_for`: since a worker last did one of the jobs that are due every minute; None if none ever did.
    `queue_age`: how long what is due has waited, at most; zero where nothing waits.
    `lost`: messages that were in the hands of a worker which then died, in the last hour.
    `deliveries`: by lane and state; of those that are done, the last day's.
    """

    idle_for: timedelta | None
    queue_age: timedelta
    lost: int
    deliveries: Mapping[tuple[Lane, State], int]

    @property
    def is_beating(self) -> bool:
        return self.idle_for is not None and self.idle_for <= MISSED

    @property
    def is_late(self) -> bool:
        return self.queue_age > LATE

    @property
    def dead(self) -> int:
        return sum(count for (_, state), count in self.deliveries.items() if state == State.DEAD)


def pulse(now: datetime) -> Pulse:
    """Five queries. `now` is the database's."""
    seen_at = PeriodicJob.objects.aggregate(at=Max("last_run_at"))["at"]
    oldest = oldest_due_at(now)
    recent = Delivery.objects.filter(Q(finished_at=None) | Q(finished_at__gte=now - DAY)).order_by()
    counts = recent.values_list("lane", "state").annotate(Count("pk"))
    return Pulse(
        idle_for=seen_at and max(now - seen_at, timedelta()),
        queue_age=now - oldest if oldest else timedelta(),
        lost=Attempt.objects.filter(at__gte=now - HOUR, error=LOST).count(),
        deliveries={(Lane(lane), State(state)): count for lane, state, count in counts},
    )
