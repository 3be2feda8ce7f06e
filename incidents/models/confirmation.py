from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When

QUIET = timedelta(minutes=10)  # between two mails to one address
DAILY = 3  # mails; only a whole day without any begins a new count
DAY = timedelta(days=1)
LEASE = timedelta(minutes=2)  # longer than sending one mail can take
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))


class Confirmation(models.Model):
    """The one mail that an address may get unasked: the link to confirm or, once that is done, to manage.

    All instants are the database's. While a worker sends, `confirmation_due_at` is the end of its lease, and its
    result counts only as long as that stands.
    """

    asked_at = models.DateTimeField(editable=False, help_text="When somebody last asked to subscribe this address.")
    confirmation_due_at = models.DateTimeField(null=True, editable=False, help_text="None: nothing is to be sent.")
    confirmation_sent_at = models.DateTimeField(null=True, editable=False)
    confirmation_count = models.PositiveSmallIntegerField(default=0, editable=False)
    confirmation_attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def is_any_due(cls, now: datetime) -> bool:
        return cls._base_manager.filter(confirmation_due_at__lte=now).exists()

    @classmethod
    def claim(cls, now: datetime) -> Self | None:
        """The mail that has waited longest, ours until the lease ends; None if there is nothing to send."""
        rows = cls._base_manager.all()
        due = rows.filter(confirmation_due_at__lte=now).order_by("confirmation_due_at")
        for pk, since in due.values_list("pk", "confirmation_due_at")[:10]:
            lease = now + LEASE
            if rows.filter(pk=pk, confirmation_due_at=since).update(confirmation_due_at=lease):
                return rows.filter(pk=pk, confirmation_due_at=lease).first()
        return None

    @classmethod
    def postpone(cls, now: datetime, by: timedelta) -> None:
        """When nothing at all can be sent: no mail's attempts are used up."""
        cls._base_manager.filter(confirmation_due_at__lte=now).update(confirmation_due_at=now + by)

    def ask(self, now: datetime) -> None:
        """Makes the mail due, as often as the limits allow. One UPDATE, whatever comes of it."""
        quiet, rested = (Q(confirmation_sent_at__lte=now - span) for span in (QUIET, DAY))
        few = Q(confirmation_count__lt=DAILY)
        may = Q(confirmation_due_at=None) & (Q(confirmation_sent_at=None) | rested | (quiet & few))
        due = Case(When(may, then=Value(now, models.DateTimeField())), default=F("confirmation_due_at"))
        type(self)._base_manager.filter(pk=self.pk).update(confirmation_due_at=due, asked_at=now)

    def was_sent(self, now: datetime) -> None:
        before = self.confirmation_sent_at
        count = 0 if before is None or before <= now - DAY else self.confirmation_count
        self._settle(
            confirmation_due_at=None,
            confirmation_sent_at=now,
            confirmation_count=count + 1,
            confirmation_attempts=0,
        )

    def was_refused(self, now: datetime) -> None:
        """Tries again later, and after the last time not at all."""
        tried = self.confirmation_attempts
        if tried < len(RETRIES):
            self._settle(confirmation_due_at=now + RETRIES[tried], confirmation_attempts=tried + 1)
        else:
            self._settle(confirmation_due_at=None, confirmation_attempts=0)

    def _settle(self, **changes: object) -> None:
        same = type(self)._base_manager.filter(pk=self.pk, confirmation_due_at=self.confirmation_due_at)
        same.update(**changes)
