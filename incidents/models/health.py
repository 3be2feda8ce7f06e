"""How a subscription has been doing: what a success and a failure mean for the messages that are still to come."""

from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Coalesce

from incidents.models.endpoint import Disabled
from incidents.models.message import Kind, Urgency
from incidents.models.pacing import Lane
from incidents.models.subscription import Channel, Subscription
from incidents.models.transaction import in_one_transaction

FAILING_FOR = timedelta(days=5)  # with nothing but failures: then nobody is there
BOUNCES = 3  # refusals of a mailbox, in a row


def was_reached(subscription: Subscription) -> None:
    if subscription.failures:
        Subscription.objects.filter(pk=subscription.pk).update(failures=0, failing_since=None)


def was_refused(subscription: Subscription, now: datetime, *, gone: bool) -> None:
    """`gone`: by the receiver's own word. A relay that is slow or full says nothing about a mailbox."""
    is_mailbox = subscription.channel == Channel.EMAIL
    if is_mailbox and not gone:
        return
    row = Subscription.objects.filter(pk=subscription.pk)
    row.update(failures=F("failures") + 1, failing_since=Coalesce("failing_since", now))
    for failures, since in row.values_list("failures", "failing_since"):
        because = _why_to_end(is_mailbox, gone, failures, now - (since or now))
        if because is not None:
            disable(subscription, because, now)


@in_one_transaction
def disable(subscription: Subscription, because: Disabled, now: datetime) -> None:
    """Nothing is sent any more. Its holder is told, unless that is who cannot be reached."""
    if subscription.disable(because, now) and because != Disabled.BOUNCING:
        about = {"disabled": because}
        times = {"due_at": now, "created_at": now}
        subscription.deliveries.create(kind=Kind.NOTICE, lane=Lane.MAIL, urgency=Urgency.AT_ONCE, about=about, **times)


def _why_to_end(is_mailbox: bool, gone: bool, failures: int, failing_for: timedelta) -> Disabled | None:
    if is_mailbox:
        return Disabled.BOUNCING if failures >= BOUNCES else None
    if gone:
        return Disabled.GONE
    return Disabled.FAILING if failing_for >= FAILING_FOR else None
