"""What ops are told of the deliveries."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents.models import Delivery, Event, Incident, Subscription
from incidents.models.backlog import backlog
from incidents.models.message import State
from incidents.models.pacing import Lane
from incidents.models.pulse import pulse

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_when_nothing_waits_all_is_well(db: None, now: datetime) -> None:
    found = backlog(now)
    assert (found.waiting, found.oldest_due_at, found.failed, found.disabled) == ({}, None, 0, 0)
    assert not found.is_late


def test_what_waits_is_counted_by_lane(
    now: datetime,
    subscription: Callable[..., Subscription],
    hook: Callable[..., Subscription],
    delivery: Callable[..., Delivery],
) -> None:
    mailbox, endpoint = subscription(), hook()
    for state in (State.PENDING, State.RETRY, State.SENT, State.DEAD, State.SUPERSEDED, State.CANCELLED):
        delivery(mailbox, state)
    delivery(endpoint, State.LEASED, lease_until=now)
    assert backlog(now).waiting == {Lane.MAIL: 2, Lane.HOOK: 1}


@pytest.mark.parametrize(("minutes", "late"), [(2, False), (3, True)])
def test_it_is_late_when_something_has_been_due_for_long(
    now: datetime,
    subscription: Callable[..., Subscription],
    delivery: Callable[..., Delivery],
    minutes: int,
    late: bool,
) -> None:
    row = subscription()
    delivery(row, at=now - minutes * MINUTE)
    delivery(row, at=now + DAY)
    found = backlog(now)
    assert (found.oldest_due_at, found.is_late) == (now - minutes * MINUTE, late)


def test_so_it_is_when_an_event_cannot_be_told(incident: Callable[..., Incident], now: datetime) -> None:
    incident()
    Event.objects.update(due_at=now - 3 * MINUTE)
    found = backlog(now)
    assert (found.oldest_due_at, found.is_late) == (now - 3 * MINUTE, True)
    assert pulse(now).queue_age == 3 * MINUTE

    Event.objects.update(fanned_out_at=now)
    assert (backlog(now).oldest_due_at, pulse(now).queue_age) == (None, timedelta())


def test_failures_count_for_a_day(
    now: datetime, subscription: Callable[..., Subscription], delivery: Callable[..., Delivery]
) -> None:
    row = subscription()
    for age in (MINUTE, 2 * DAY):
        delivery(row, State.DEAD, at=now - age)
    Subscription.objects.update(disabled_at=now - MINUTE)
    assert (backlog(now).failed, backlog(now).disabled) == (1, 1)
