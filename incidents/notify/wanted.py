"""Whether a message that waits to be sent still is to be."""

from datetime import datetime, timedelta

from incidents.models import Delivery, DigestFrequency, Subscription
from incidents.models.farewell import FAREWELL_FOR
from incidents.models.message import Kind, State
from incidents.models.pacing import Lane
from incidents.notify.news import News

TOO_LATE = timedelta(hours=6)  # for a mail: what a restored database remembers is no news


def why_not(delivery: Delivery, told: News | None, now: datetime) -> State | None:
    """None: send it. Reads the subscription anew."""
    if delivery.kind == Kind.EVENT:
        return _why_no_event(delivery, told, now)
    if delivery.sealed:
        return State.CANCELLED if now - delivery.created_at > FAREWELL_FOR else None
    rows = {
        Kind.NOTICE: Subscription.objects.filter(disabled_at__isnull=False),
        Kind.DIGEST: Subscription.objects.active().exclude(digest_frequency=DigestFrequency.IMMEDIATE),
    }.get(Kind(delivery.kind), Subscription.objects.all())
    delivery.subscription = rows.filter(pk=delivery.subscription_id).first()
    return None if delivery.subscription or delivery.user else State.CANCELLED


def _why_no_event(delivery: Delivery, told: News | None, now: datetime) -> State | None:
    if told is None or told.notice is None:
        return State.CANCELLED
    delivery.subscription = next(iter(told.audience.filter(pk=delivery.subscription_id)), None)
    if delivery.subscription is None:
        return State.CANCELLED
    if delivery.lane == Lane.HOOK:
        return None
    if told.newer and Delivery.objects.filter(subscription=delivery.subscription, event__in=told.newer).exists():
        return State.SUPERSEDED
    return State.CANCELLED if now - delivery.due_at > TOO_LATE else None
