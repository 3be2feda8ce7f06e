"""What each message says: the words come from `mails` and `channels`, which know nothing of deliveries."""

from collections.abc import Callable, Mapping
from datetime import datetime

from incidents import page
from incidents.mails.confirmation import confirmation
from incidents.mails.digest import digest_mail
from incidents.mails.mail import Mail
from incidents.mails.notices import disabled_mail, ended_mail
from incidents.mails.nudge import nudge_mail
from incidents.mails.update import update_mail
from incidents.models import Delivery, Subscription
from incidents.models.farewell import Farewell
from incidents.models.message import Kind
from incidents.models.promises import broken_promise
from incidents.models.sealing import Unreadable
from incidents.notify.news import News
from incidents.notify.transport import Failed, TransportError


def letter(delivery: Delivery, told: News | None) -> Mail | None:
    """None where there is nothing left to say. To somebody of whom `wanted` knows that they are there.

    Raises TransportError."""
    if delivery.kind == Kind.EVENT:
        return update_mail(notice(told), holder(delivery))
    return _WRITERS[Kind(delivery.kind)](delivery)


def holder(delivery: Delivery) -> Subscription:
    """Raises Subscription.DoesNotExist."""
    if delivery.subscription is None:
        raise Subscription.DoesNotExist
    return delivery.subscription


def notice(told: News | None) -> page.Notice:
    """Raises LookupError where the public may not see any more what it is about."""
    if told is None or told.notice is None:
        raise LookupError
    return told.notice


def _notice(delivery: Delivery) -> Mail:
    """Raises TransportError."""
    if not delivery.sealed:
        return disabled_mail(holder(delivery))
    try:
        return ended_mail(Farewell.unsealed(bytes(delivery.sealed)))
    except Unreadable as error:
        raise TransportError(Failed.UNREADABLE, permanent=True) from error


def _digest(delivery: Delivery) -> Mail | None:
    since, until = (datetime.fromisoformat(delivery.about[name]) for name in ("since", "until"))
    return digest_mail(holder(delivery), since, until)


def _nudge(delivery: Delivery) -> Mail | None:
    broken = broken_promise(delivery.about)
    return nudge_mail(delivery.user, *broken) if broken and delivery.user else None


_WRITERS: Mapping[Kind, Callable[[Delivery], Mail | None]] = {
    Kind.CONFIRMATION: lambda delivery: confirmation(holder(delivery)),
    Kind.NOTICE: _notice,
    Kind.DIGEST: _digest,
    Kind.NUDGE: _nudge,
}
