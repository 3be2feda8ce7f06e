"""For how long what was sent is remembered."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from incidents.models.delivery import Attempt, Delivery
from incidents.models.transaction import in_one_transaction

DELIVERIES_FOR = timedelta(days=90)
ATTEMPTS_FOR = timedelta(days=30)
_CHUNK = 1000


def forget_deliveries(now: datetime) -> bool:
    """Forgets some that were finished long ago, with their attempts; returns whether there were any."""
    return _delete_some(Delivery.objects.filter(finished_at__lte=now - DELIVERIES_FOR))


def forget_attempts(now: datetime) -> bool:
    """The same for attempts alone: what came of the message is remembered longer."""
    return _delete_some(Attempt.objects.filter(at__lte=now - ATTEMPTS_FOR))


@in_one_transaction
def _delete_some(old: "QuerySet[Delivery] | QuerySet[Attempt]") -> bool:
    """A chunk, locked first, so that what is sent again meanwhile is judged anew."""
    chunk: list[Any] = list(old.select_for_update().order_by("pk").values_list("pk", flat=True)[:_CHUNK])
    old.model._base_manager.filter(pk__in=chunk).delete()
    return bool(chunk)
