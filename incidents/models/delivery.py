"""One message to one subscription, and each attempt to send it."""

import uuid
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from incidents.models.health import was_reached, was_refused
from incidents.models.message import DONE, Kind, State, Urgency
from incidents.models.outbox import Event
from incidents.models.pacing import Lane
from incidents.models.subscription import Channel, Subscription
from incidents.models.transaction import in_one_transaction

MOST_PATIENT = timedelta(hours=24)  # no receiver may ask for more
JITTER = 0.2

# What is waited for after the first attempt, the second, …; the one after the last wait is the last.
RETRIES = {
    Lane.MAIL: tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720)),
    Lane.HOOK: tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 36_000)),
}
_random = SystemRandom()
_WAITING = Q(finished_at=None, lease_until=None)


def over(state: State, now: datetime) -> dict[str, Any]:
    """The columns of what is sent no more."""
    return {"state": state, "finished_at": now, "sealed": None}


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> Self:
        return self.filter(_WAITING)

    def due(self, now: datetime) -> Self:
        return self.waiting().filter(due_at__lte=now)

    def leased(self) -> Self:
        return self.filter(lease_until__isnull=False)

    def drop(self, state: State, now: datetime) -> int:
        """Those that wait are not sent any more, and why; returns how many."""
        return self.waiting().update(**over(state, now))

    def hold_back(self, until: datetime) -> int:
        """Those that wait are not sent before; returns how many are put off by that."""
        return self.waiting().filter(due_at__lt=until).update(due_at=until)


class Delivery(models.Model):
    """Its id is the message's, however often it is sent. All instants are the database's.

    `event` is what it tells of; a digest, a nudge and a notice say in `about` what they are of. It names no address:
    with the subscription goes all that is personal. Only a farewell (`models.farewell`) has to, `sealed` and unsent.

    Who has claimed it (`models.claiming`) holds `lease_token`; what comes of it counts only while that stands.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=[(k, k) for k in Kind], default=Kind.EVENT)
    lane = models.CharField(max_length=4, choices=[(x, x) for x in Lane])
    urgency = models.PositiveSmallIntegerField(default=Urgency.NEWS)
    event = models.ForeignKey(Event, null=True, on_delete=models.CASCADE, related_name="deliveries")
    subscription = models.ForeignKey(Subscription, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    about = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True, editable=False)
    state = models.CharField(max_length=10, choices=[(s, s) for s in State], default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="Not to be sent before.")
    arrived = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text="How many of a webhook's requests, so far."
    )
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True, help_text="HTTP's or SMTP's.")
    last_error = models.CharField(max_length=40, blank=True, help_text="Its class: timeout, blocked, tls …")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        verbose_name_plural = "deliveries"
        constraints = [
            # However often the fan-out is begun again, nobody is told twice.
            models.UniqueConstraint(fields=("event", "subscription"), name="one_delivery_per_event_and_subscription"),
            # What is indexed below: a lease is what is leased, an end is what is done.
            models.CheckConstraint(
                name="leased_iff_it_has_a_lease",
                condition=~(Q(state=State.LEASED) ^ Q(lease_until__isnull=False)),
            ),
            models.CheckConstraint(
                name="finished_iff_done", condition=~(Q(state__in=DONE) ^ Q(finished_at__isnull=False))
            ),
            # Nobody is remembered longer than it takes to tell them.
            models.CheckConstraint(
                name="no_address_in_what_is_done", condition=Q(sealed__isnull=True) | Q(finished_at__isnull=True)
            ),
        ]
        indexes = [
            # What a sender claims next.
            models.Index(fields=("lane", "urgency", "-event", "due_at"), name="delivery_next", condition=_WAITING),
            # Whether there is anything to send, and for how long it has waited.
            models.Index(fields=("lane", "due_at"), name="delivery_due", condition=_WAITING),
            # Which leases have ended, and who is being served.
            models.Index(fields=("lease_until",), name="delivery_leased", condition=Q(lease_until__isnull=False)),
            models.Index(fields=("finished_at",), name="delivery_finished"),  # what is forgotten
            # What the desk lists, how many failed lately, and of which errors there are some.
            models.Index(fields=("-created_at", "-id"), name="delivery_newest"),
            models.Index(fields=("finished_at",), name="delivery_failed", condition=Q(state=State.DEAD)),
            models.Index(fields=("last_error",), name="delivery_errors", condition=~Q(last_error="")),
            # What else is forgotten where somebody wants to be.
            models.Index(fields=("created_at",), name="delivery_farewell", condition=Q(sealed__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @in_one_transaction
    def was_sent(self, now: datetime, *, status: int | None = None, milliseconds: int = 0) -> bool:
        """As with all that follow: False, and nothing is written, where the lease was lost."""
        tried = self._tried(now, status, milliseconds)
        if not self._settle(**over(State.SENT, now), last_error="", **tried):
            return False
        if subscriber := self._reached:
            was_reached(subscriber)
        return True

    @in_one_transaction
    def failed(
        self,
        error: str,
        now: datetime,
        *,
        status: int | None = None,
        milliseconds: int = 0,
        permanent: bool = False,
        gone: bool = False,
        ours: bool = False,
        retry_after: timedelta | None = None,
    ) -> bool:
        """Tries again by the schedule of its lane, later where the receiver asked for that; after the last time never.

        `ours`: the fault says nothing about the receiver.
        """
        pause = self._pause(retry_after)
        tried = self._tried(now, status, milliseconds, error)
        if permanent or gone or pause is None:
            settled = self._settle(**over(State.DEAD, now), last_error=error, **tried)
        else:
            settled = self._settle(state=State.RETRY, due_at=now + pause, last_error=error, **tried)
        if settled and not ours and (subscriber := self._reached):
            was_refused(subscriber, now, gone=gone)
        return settled

    def finish(self, state: State, now: datetime) -> bool:
        """Without having been tried."""
        return self._settle(**over(state, now))

    def give_back(self, due_at: datetime | None = None) -> bool:
        """Untried: for whoever comes next, at once or not before `due_at`."""
        state = State.RETRY if self.attempts else State.PENDING
        return self._settle(state=state, due_at=due_at or self.due_at)

    @property
    def _reached(self) -> Subscription | None:
        """Whose mailbox or endpoint it goes to; of a mail to who answers for an endpoint, nobody's."""
        row = self.subscription
        is_mailbox = row is not None and row.channel == Channel.EMAIL
        return row if is_mailbox == (self.lane == Lane.MAIL) else None

    def _pause(self, retry_after: timedelta | None) -> timedelta | None:
        """None: this was the last attempt."""
        pauses = RETRIES[Lane(self.lane)]
        if self.attempts >= len(pauses):
            return None
        planned = pauses[self.attempts] * _random.uniform(1 - JITTER, 1 + JITTER)
        return max(planned, min(retry_after or planned, MOST_PATIENT))

    def _tried(self, now: datetime, status: int | None, milliseconds: int, error: str = "") -> dict[str, Any]:
        number = self.attempts + 1
        told = Attempt(delivery=self, number=number, at=now, milliseconds=milliseconds, status=status, error=error)
        return {"tried": told, "attempts": number, "last_status": status}

    @in_one_transaction
    def _settle(self, *, tried: "Attempt | None" = None, **changes: Any) -> bool:
        ours = Delivery.objects.leased().filter(pk=self.pk, lease_token=self.lease_token)
        if not ours.update(lease_until=None, lease_token=None, arrived=self.arrived, **changes):
            return False
        if tried is not None:
            tried.save(force_insert=True)
        return True


class Attempt(models.Model):
    """One try, kept for 30 days. `error` is a class, empty for success."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="history")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ("at",)
        indexes = [models.Index(fields=("at",), name="attempt_at")]

    def __str__(self) -> str:
        return f"{self.number}: {self.error or 'sent'}"
