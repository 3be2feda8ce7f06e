"""Subscribers, and what they wait for; `rows` writes many at once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from incidents.models import Channel, Delivery, Subscription
from incidents.models.address import fold
from incidents.models.clock import database_now
from incidents.models.message import Kind
from incidents.models.pacing import Lane


def mailbox(address: str = "ann@example.com", **columns: Any) -> Subscription:
    return _subscription(Channel.EMAIL, address, **columns)


def hook(
    url: str = "https://example.com/hook",
    channel: Channel = Channel.WEBHOOK,
    *,
    address: str = "ann@example.com",
    **columns: Any,
) -> Subscription:
    row = _built(channel, address, **columns)
    row.put_endpoint(url)
    row.save(force_insert=True)
    return row


def rows(addresses: Iterable[str]) -> None:
    Subscription.objects.bulk_create(_built(Channel.EMAIL, address) for address in addresses)


def waiting(subscription: Subscription, **columns: Any) -> Delivery:
    """A message to it that is due: a confirmation, unless it is told otherwise."""
    now: datetime = columns.pop("now", None) or database_now()
    lane = Lane.MAIL if subscription.channel == Channel.EMAIL else Lane.HOOK
    given = {"kind": Kind.CONFIRMATION, "lane": lane, "due_at": now, "created_at": now, **columns}
    return Delivery.objects.create(subscription=subscription, **given)


def _subscription(channel: Channel, address: str, **columns: Any) -> Subscription:
    row = _built(channel, address, **columns)
    row.save(force_insert=True)
    return row


def _built(channel: Channel, address: str, **columns: Any) -> Subscription:
    now = database_now()
    times = dict.fromkeys(("created_at", "updated_at", "asked_at", "verified_at"), now)
    return Subscription(channel=channel, address=address, address_key=fold(address), **{**times, **columns})
