"""How each channel that is no mailbox is told of an event: one line and one module each."""

from collections.abc import Callable, Mapping
from datetime import datetime

from incidents import page
from incidents.models import Channel, Subscription
from incidents.models.sealing import Unreadable
from incidents.notify.channels import slack, teams, webhook
from incidents.notify.transport import Failed, Sent, TransportError

CHANNELS: Mapping[Channel, Callable[[page.Notice, Subscription, datetime, int], Sent]] = {
    Channel.WEBHOOK: webhook.send,
    Channel.SLACK: slack.send,
    Channel.TEAMS: teams.send,
}


def send(notice: page.Notice, subscription: Subscription, now: datetime, arrived: int = 0) -> Sent:
    """`arrived`: how many of its requests have been taken before. In no transaction: it may take `outgoing.SECONDS`,
    and a webhook of many parts longer. Raises TransportError."""
    try:
        return CHANNELS[Channel(subscription.channel)](notice, subscription, now, arrived)
    except Unreadable as error:
        raise TransportError(Failed.UNREADABLE, permanent=True) from error
