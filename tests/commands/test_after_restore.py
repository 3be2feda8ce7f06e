from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command

from incidents.models import Delivery, Event, Subscription
from incidents.models.claiming import claim
from incidents.models.clock import database_now
from incidents.models.message import Kind, State
from incidents.models.pacing import Lane
from incidents.notify.fan_out import fan_out

pytestmark = pytest.mark.django_db


def test_what_waits_or_was_on_its_way_is_not_sent_any_more(
    subscription: Callable[..., Subscription], delivery: Callable[..., Delivery], event: Event
) -> None:
    delivery(subscription(), event=event, at=database_now())
    delivery(subscription("bob@example.com"), State.RETRY, event=event, at=database_now())
    assert len(claim(Lane.MAIL, database_now()).deliveries) >= 1
    call_command("after_restore")
    assert {row.state for row in Delivery.objects.filter(kind=Kind.EVENT)} == {State.CANCELLED}
    assert not claim(Lane.MAIL, database_now()).deliveries


def test_an_event_that_was_not_told_yet_never_is(subscription: Callable[..., Subscription], event: Event) -> None:
    subscription()
    call_command("after_restore")
    fan_out(database_now() + timedelta(days=1))
    assert not Delivery.objects.filter(kind=Kind.EVENT).exists()


def test_what_was_sent_stays_sent(
    subscription: Callable[..., Subscription], delivery: Callable[..., Delivery], event: Event
) -> None:
    sent = delivery(subscription(), State.SENT, event=event)
    call_command("after_restore")
    sent.refresh_from_db()
    assert sent.state == State.SENT


def test_a_mail_that_confirms_an_address_still_goes_out(subscription: Callable[..., Subscription]) -> None:
    subscription(verified=False)
    call_command("after_restore")
    assert Delivery.objects.waiting().filter(kind=Kind.CONFIRMATION).count() == 1
