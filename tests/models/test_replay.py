"""Sending again what was given up."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents.models import Actor, AuditEntry, Delivery, Event, Subscription
from incidents.models.message import Kind, State
from incidents.models.replay import replay

HOUR = timedelta(hours=1)


@pytest.fixture
def dead(event: Event, hook: Callable[..., Subscription], delivery: Callable[..., Delivery]) -> Delivery:
    return delivery(hook(), State.DEAD, event=event, attempts=8, last_error="timeout")


def test_it_is_due_at_once_under_the_same_id_with_all_attempts_before_it(
    dead: Delivery, ops: Actor, now: datetime
) -> None:
    assert replay(Delivery.objects.all(), by=ops, now=now + HOUR) == 1

    again = Delivery.objects.get(pk=dead.pk)
    assert (again.state, again.attempts, again.due_at, again.finished_at) == (State.RETRY, 0, now + HOUR, None)


@pytest.mark.parametrize("state", State)
def test_only_what_was_given_up_or_arrived_goes_again(dead: Delivery, ops: Actor, now: datetime, state: State) -> None:
    finished = None if state in (State.PENDING, State.LEASED, State.RETRY) else now
    lease = now if state is State.LEASED else None
    Delivery.objects.update(state=state, finished_at=finished, lease_until=lease)
    assert replay(Delivery.objects.all(), by=ops) == (state in (State.DEAD, State.SENT))


def test_nothing_goes_to_those_who_are_disabled_or_have_left(dead: Delivery, ops: Actor, now: datetime) -> None:
    Subscription.objects.update(disabled_at=now)
    assert replay(Delivery.objects.all(), by=ops) == 0
    Subscription.objects.get().unsubscribe()
    assert replay(Delivery.objects.all(), by=ops) == 0
    dead.refresh_from_db()
    assert dead.state == State.DEAD


def test_only_what_was_chosen_goes(
    dead: Delivery,
    event: Event,
    ops: Actor,
    subscription: Callable[..., Subscription],
    delivery: Callable[..., Delivery],
) -> None:
    other = delivery(subscription(), State.DEAD, event=event)
    replay(Delivery.objects.filter(pk=other.pk), by=ops)
    assert Delivery.objects.get(pk=dead.pk).state == State.DEAD


def test_the_audit_trail_tells_of_the_story(dead: Delivery, event: Event, ops: Actor) -> None:
    replay(Delivery.objects.all(), by=ops)
    entry = AuditEntry.objects.get(action="deliveries_replayed")
    assert (entry.subject_type, entry.subject_id, entry.after) == ("incident", event.subject_id, {"deliveries": 1})


def test_what_is_about_no_story_is_told_of_its_subscription(
    ops: Actor, subscription: Callable[..., Subscription], delivery: Callable[..., Delivery]
) -> None:
    row = subscription()
    delivery(row, State.DEAD, kind=Kind.DIGEST)
    replay(Delivery.objects.all(), by=ops)
    entry = AuditEntry.objects.get(action="deliveries_replayed")
    assert (entry.subject_type, entry.subject_id) == ("subscription", row.pk)
