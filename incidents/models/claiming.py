"""Which messages a sender takes next: few at a time, each for one minute, by a token that others cannot know.

Mail: what is most urgent, then the newest event. Hooks: the oldest event of each endpoint, one endpoint at a time and
few at one host; those that failed last are claimed apart, so that they can only hold up one another.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef

from incidents.models.delivery import RETRIES, Attempt, Delivery, DeliveryQuerySet, over
from incidents.models.message import State
from incidents.models.pacing import Lane, Pacing
from incidents.models.transaction import in_one_transaction

LEASE = timedelta(seconds=60)
BATCHES = {Lane.MAIL: 20, Lane.HOOK: 1}  # a hook that hangs must not have others wait behind it
PER_HOST = 4
LOST = "lost"  # with the worker that had it: the class of that error


@dataclass(frozen=True)
class Claim:
    """`is_probe`: the relay was down, and this message finds out whether it still is."""

    deliveries: Sequence[Delivery] = ()
    is_probe: bool = False
    made_at: float = field(default_factory=time.monotonic)

    def lasts(self, seconds: float) -> bool:
        return time.monotonic() + seconds < self.made_at + LEASE.total_seconds()


def is_due(lane: Lane, now: datetime, *, failing: bool = False) -> bool:
    """Whether there is something to claim, unless the rate is used up."""
    return not Pacing.is_paused(lane, now) and _due(lane, now, failing).exists()


@in_one_transaction
def claim(lane: Lane, now: datetime, *, failing: bool = False) -> Claim:
    """`failing`: of the endpoints that failed last, instead of the others. Raises Busy."""
    pacing = Pacing.locked(lane)
    room = pacing.room(now, BATCHES[lane])
    found = _next(lane, now, failing, room) if room else []
    if not found:
        return Claim()
    pacing.book(now, len(found))
    lease = {"state": State.LEASED, "lease_until": now + LEASE, "lease_token": uuid.uuid4()}
    Delivery.objects.filter(pk__in=[row.pk for row in found]).update(**lease)
    for row in found:
        vars(row).update(lease)
    return Claim(found, is_probe=pacing.failures > 0)


def expire(now: datetime) -> int:
    """Takes back what was claimed by workers that are gone; which has cost an attempt. Returns how many."""
    return _expire(now) if Delivery.objects.filter(lease_until__lte=now).exists() else 0


@in_one_transaction
def _expire(now: datetime) -> int:
    lost = list(Delivery.objects.filter(lease_until__lte=now).select_for_update(skip_locked=True))
    Attempt.objects.bulk_create(
        Attempt(delivery=row, number=row.attempts + 1, at=now, milliseconds=_held(row, now), error=LOST) for row in lost
    )
    for lane, pauses in RETRIES.items():
        rows = Delivery.objects.filter(pk__in=[row.pk for row in lost if row.lane == lane])
        ended = {"lease_until": None, "lease_token": None, "last_error": LOST, "attempts": F("attempts") + 1}
        rows.filter(attempts__gte=len(pauses)).update(**over(State.DEAD, now), **ended)
        rows.leased().update(state=State.RETRY, due_at=now, **ended)
    return len(lost)


@in_one_transaction
def broke(claim: Claim, lane: Lane, now: datetime) -> datetime:
    """The relay is down: nobody sends before the instant that is returned. What was claimed before it was known tells
    nothing new."""
    pacing = Pacing.locked(lane)
    if claim.is_probe or not pacing.failures:
        pacing.broke(now)
    return pacing.paused_until or now


def _next(lane: Lane, now: datetime, failing: bool, most: int) -> list[Delivery]:
    """What a worker was lost with goes alone: it may be what the worker was lost by."""
    due = queue(lane, now, failing=failing).select_related("event", "subscription", "user")
    found = list(due.select_for_update(skip_locked=True, of=("self",))[:most])
    is_suspect = bool(found) and found[0].last_error == LOST
    return found[:1] if is_suspect else [row for row in found if row.last_error != LOST]


def queue(lane: Lane, now: datetime, *, failing: bool = False) -> DeliveryQuerySet:
    # By the column: "event" would be the event's own key, for which all that wait were joined and sorted.
    newest_or_oldest = "-event_id" if lane is Lane.MAIL else "event_id"
    return _due(lane, now, failing).order_by("urgency", newest_or_oldest)


def _due(lane: Lane, now: datetime, failing: bool) -> DeliveryQuerySet:
    due = Delivery.objects.due(now).filter(lane=lane)
    if lane is Lane.MAIL:
        return due
    same = Delivery.objects.filter(subscription=OuterRef("subscription"))
    older = same.due(now).filter(event__lt=OuterRef("event"))
    due = due.filter(~Exists(same.leased()), ~Exists(older), subscription__failing_since__isnull=not failing)
    return due.exclude(subscription__host__in=_busy_hosts())


def _busy_hosts() -> list[str]:
    leased = Delivery.objects.leased().filter(lane=Lane.HOOK, subscription__isnull=False).order_by()
    hosts = leased.values_list("subscription__host").annotate(Count("pk")).filter(pk__count__gte=PER_HOST)
    return [host for host, _ in hosts]


def _held(row: Delivery, now: datetime) -> int:
    """Milliseconds since it was claimed."""
    since = (row.lease_until or now) - LEASE
    return max(0, (now - since) // timedelta(milliseconds=1))
