"""To programs, as they know it from Statuspage, signed."""

from datetime import datetime
from time import monotonic

from incidents import page
from incidents.mails import links
from incidents.models import Subscription
from incidents.notify.channels import signing
from incidents.notify.outgoing import post
from incidents.notify.transport import Sent
from incidents.statuspage.webhooks import webhooks

ALL_SECONDS = 40.0  # for one event; a lease is longer
_JSON = {"Content-Type": "application/json"}


def send(notice: page.Notice, subscription: Subscription, now: datetime) -> Sent:
    """`now` is when it is signed for. What was sent before one failed is sent again with it, under the same id.

    Raises TransportError, sealing.Unreadable.
    """
    url, secrets, sent = subscription.endpoint, subscription.secrets(now), Sent()
    until = monotonic() + ALL_SECONDS
    leave = f"{links.unsubscribe(subscription)}?unsubscribe={subscription.pk}"  # receivers read the id from there
    for webhook in webhooks(notice, leave):
        signed = signing.headers(webhook.id, now, webhook.body, secrets)
        sent = post(url, webhook.body, {**_JSON, **signed}, seconds=until - monotonic())
    return sent
