"""What goes with a subscription that ends, and with one that is told nothing any more."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from incidents.models.clock import database_now
from incidents.models.idempotency import IdempotencyRecord
from incidents.models.message import State


def cancel(rows: "QuerySet[Any]", now: datetime) -> None:
    """The messages to them that wait are never sent. Those that a sender has in its hands, it will judge itself."""
    from incidents.models.delivery import Delivery  # it knows subscriptions

    Delivery.objects.filter(subscription__in=rows).drop(State.CANCELLED, now)


def end(rows: "QuerySet[Any]", *addresses: str) -> int:
    """Deletes them, and with them the answers about their addresses, and about these, that are kept for retries;
    returns how many there were. Their deliveries stay, naming nobody."""
    addresses = (*addresses, *rows.values_list("address", flat=True))
    cancel(rows, database_now())
    _, deleted = rows.delete()
    IdempotencyRecord.forget(*addresses)
    return deleted.get(rows.model._meta.label, 0)
