from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models

from incidents.kick import kick
from incidents.models.message import Kind, State, Urgency
from incidents.models.pacing import Lane
from incidents.models.transaction import as_if

QUIET = timedelta(minutes=10)  # between two mails to one address
DAILY = 3  # mails to one address, in any stretch of a day
DAY = timedelta(days=1)


class Confirmation(models.Model):
    """The one mail that an address may get unasked: the link to confirm or, once that is done, to manage.

    All instants are the database's.
    """

    address_key: Any
    deliveries: Any

    asked_at = models.DateTimeField(editable=False, help_text="When somebody last asked to subscribe this address.")

    class Meta:
        abstract = True

    def ask(self, now: datetime) -> None:
        """Has the mail sent, as often as the limits allow. Where another subscription of the same address has just had
        its own, it comes later. Whether there is one makes no difference to the statements."""
        if self.asked_at != now:
            type(self)._base_manager.filter(pk=self.pk).update(asked_at=now)
        _one_at_a_time(self.address_key)
        mails = self.deliveries.model.objects.filter(kind=Kind.CONFIRMATION, subscription__address_key=self.address_key)
        rows = [*mails.filter(finished_at=None), *mails.filter(state=State.SENT, finished_at__gte=now - DAY)]
        due_at = max([now, *((row.finished_at or row.due_at) + QUIET for row in rows)])
        had = any(row.subscription_id == self.pk and not _is_over(row, now) for row in rows)
        with as_if(not had and len(rows) < DAILY):
            self.deliveries.create(
                kind=Kind.CONFIRMATION, lane=Lane.MAIL, urgency=Urgency.AT_ONCE, due_at=due_at, created_at=now
            )
        kick()


def _is_over(row: Any, now: datetime) -> bool:
    return row.finished_at is not None and row.finished_at <= now - QUIET


def _one_at_a_time(address_key: str) -> None:
    """Until the transaction ends, nobody else counts the mails of this address. (SQLite has one writer anyway.)"""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [address_key])
