"""Event → one delivery for each who is to be told.

1. Events that are due come one after another, in the order in which they happened.
2. A chunk of subscriptions gets its deliveries, and the event remembers how far it came, in one transaction: who is
   killed in between leaves nobody out, and nobody with two.
3. Mails about the same thing that wait unsent are superseded. Hooks are not: programs want every step.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from django.db import Error as DatabaseFailure

from incidents.errors import StatusError
from incidents.models import Channel, Delivery, Event, Incident, MaintenanceWindow
from incidents.models.audience import Topic, audience
from incidents.models.message import State
from incidents.models.pacing import Lane
from incidents.models.transaction import in_one_transaction

log = logging.getLogger(__name__)

CHUNK = 1000
CHUNKS = 10


def fan_out(now: datetime) -> bool:
    """So much that others soon have their turn; whether there was anything."""
    due = Event.objects.filter(due_at__lte=now, fanned_out_at=None, withdrawn_at=None)
    chunks = (told for pk in due.values_list("pk", flat=True) for told in _tell(pk, now))
    return sum(islice(chunks, CHUNKS)) > 0


def is_public(event: Event) -> bool:
    """Whether what it tells of may be seen now."""
    subjects = {"incident": Incident.objects.public(), "maintenancewindow": MaintenanceWindow.objects.public()}
    return subjects[event.subject_type].filter(pk=event.subject_id).exists()


def _tell(pk: int, now: datetime) -> Iterator[bool]:
    """True for every chunk. An event that nobody can make sense of must not keep the others from being told."""
    try:
        while _tell_some(pk, now):
            yield True
    except (DatabaseFailure, StatusError):
        raise
    except Exception:
        log.exception("Event %s cannot be told.", pk)


@in_one_transaction
def _tell_some(pk: int, now: datetime) -> bool:
    """The next chunk; False when all have been told."""
    event = Event.objects.select_for_update().get(pk=pk)
    if event.fanned_out_at or event.withdrawn_at:
        return False
    chunk = _next_chunk(event) if is_public(event) else []
    Delivery.objects.bulk_create((_delivery(event, *row, now) for row in chunk), ignore_conflicts=True)
    _supersede(event, [pk for pk, channel in chunk if channel == Channel.EMAIL], now)
    if len(chunk) < CHUNK:
        event.fanned_out_at = now
    event.fanned_out_to = chunk[-1][0] if chunk else event.fanned_out_to
    event.save(update_fields=["fanned_out_to", "fanned_out_at"])
    return bool(chunk)


def _next_chunk(event: Event) -> list[tuple[str, str]]:
    rows = audience(Topic.of(event)).filter(pk__gt=event.fanned_out_to).order_by("pk")
    return list(rows.values_list("pk", "channel")[:CHUNK])


def _delivery(event: Event, subscription: str, channel: str, now: datetime) -> Delivery:
    """Due since the event was: how late it is, is counted from there."""
    lane = Lane.MAIL if channel == Channel.EMAIL else Lane.HOOK
    return Delivery(event=event, subscription_id=subscription, lane=lane, due_at=event.due_at or now, created_at=now)


def _supersede(event: Event, subscriptions: Iterable[str], now: datetime) -> None:
    older = Event.objects.filter(subject_type=event.subject_type, subject_id=event.subject_id, notify=True)
    earlier = list(older.filter(pk__lt=event.pk).values_list("pk", flat=True))
    if earlier:
        mails = Delivery.objects.filter(event__in=earlier, subscription__in=list(subscriptions), lane=Lane.MAIL)
        mails.drop(State.SUPERSEDED, now)
