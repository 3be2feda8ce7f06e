"""What was sent is forgotten in time."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents.jobs import purge_deliveries
from incidents.models import Attempt, Delivery, Subscription
from incidents.models.message import DONE, State
from incidents.models.retention import ATTEMPTS_FOR, DELIVERIES_FOR

SECOND = timedelta(seconds=1)


def test_the_periods_are_those_that_were_promised() -> None:
    assert (timedelta(days=90), timedelta(days=30)) == (DELIVERIES_FOR, ATTEMPTS_FOR)


@pytest.mark.parametrize("state", DONE)
def test_a_delivery_is_forgotten_so_long_after_its_end(
    subscription: Callable[..., Subscription], delivery: Callable[..., Delivery], now: datetime, state: State
) -> None:
    row = subscription()
    delivery(row, state, at=now - DELIVERIES_FOR)
    kept = delivery(row, state, at=now - DELIVERIES_FOR + SECOND)
    assert [purge_deliveries(now), purge_deliveries(now)] == [True, False]
    assert list(Delivery.objects.all()) == [kept]


def test_what_is_not_finished_stays(
    subscription: Callable[..., Subscription], delivery: Callable[..., Delivery], now: datetime
) -> None:
    delivery(subscription(), State.RETRY, at=now - 2 * DELIVERIES_FOR)
    assert not purge_deliveries(now)


def test_attempts_go_before_the_delivery_does(
    subscription: Callable[..., Subscription],
    delivery: Callable[..., Delivery],
    attempt: Callable[..., Attempt],
    now: datetime,
) -> None:
    row = delivery(subscription(), State.SENT, at=now - ATTEMPTS_FOR)
    attempt(row, now - ATTEMPTS_FOR)
    kept = attempt(row, now - ATTEMPTS_FOR + SECOND)
    assert purge_deliveries(now)
    assert list(Attempt.objects.all()) == [kept]
    assert Delivery.objects.get() == row


def test_many_go_in_several_steps(
    subscription: Callable[..., Subscription],
    delivery: Callable[..., Delivery],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("incidents.models.retention._CHUNK", 2)
    row = subscription()
    for _ in range(5):
        delivery(row, State.SENT, at=now - DELIVERIES_FOR)
    assert purge_deliveries(now)
    assert not Delivery.objects.exists()
