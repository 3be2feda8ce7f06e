"""To programs, as they know it from Statuspage, signed."""

from datetime import datetime
from itertools import islice
from time import monotonic

from incidents import page
from incidents.mails import links
from incidents.models import Subscription
from incidents.notify import outgoing
from incidents.notify.channels import signing
from incidents.notify.transport import Sent, TransportError
from incidents.statuspage.webhooks import webhooks

ALL_SECONDS = 40.0  # for one event; a lease is longer
_JSON = {"Content-Type": "application/json"}


def send(notice: page.Notice, subscription: Subscription, now: datetime, arrived: int = 0) -> Sent:
    """`now` is when it is signed for. `arrived`: so many of its requests have been taken before. At least one more is
    sent, the others as long as each has all the time that it may need.

    Raises TransportError, sealing.Unreadable.
    """
    url, secrets, sent = subscription.endpoint, subscription.secrets(now), Sent()
    until = monotonic() + ALL_SECONDS
    leave = f"{links.unsubscribe(subscription)}?unsubscribe={subscription.pk}"  # receivers read the id from there
    for number, webhook in enumerate(islice(webhooks(notice, leave), arrived, None), arrived):
        if number > arrived and until - monotonic() < outgoing.SECONDS:
            return Sent(sent.status, arrived=number)
        signed = signing.headers(webhook.id, now, webhook.body, secrets)
        try:
            sent = outgoing.post(url, webhook.body, {**_JSON, **signed})
        except TransportError as error:
            error.arrived = number
            raise
    return sent
