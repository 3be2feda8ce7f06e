"""From what happened to who is told: everybody who is to be, once, however often it is begun again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django import Settings

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Delivery, Event, Incident, Service, Subscription
from incidents.models.clock import database_now
from incidents.models.message import State
from incidents.models.pacing import Lane
from incidents.notify import fan_out as module
from incidents.notify.fan_out import fan_out
from tests.notify.situations import hook, mailbox, rows

MONITORING = IncidentStatus.MONITORING


@pytest.fixture(autouse=True)
def _nothing_is_held(settings: Settings) -> None:
    settings.NOTIFICATION_HOLD = 0


def tell() -> None:
    while fan_out(database_now()):
        pass


def states(subscription: Subscription) -> list[str]:
    """Of its messages, the oldest event first."""
    return list(subscription.deliveries.order_by("event").values_list("state", flat=True))


def test_each_who_is_to_be_told_has_one_message(incident: Callable[..., Incident]) -> None:
    mailed, called = mailbox(), hook()
    incident()
    tell()
    tell()

    assert set(Delivery.objects.values_list("subscription", "lane", "state")) == {
        (mailed.pk, Lane.MAIL, State.PENDING),
        (called.pk, Lane.HOOK, State.PENDING),
    }
    assert Event.objects.get(notify=True).fanned_out_at


def test_who_is_not_in_the_audience_has_none(incident: Callable[..., Incident]) -> None:
    mailbox(notify_incidents=False)
    mailbox("bob@example.com", verified_at=None)
    incident()
    tell()

    assert not Delivery.objects.exists()


def test_nobody_is_told_during_the_hold(incident: Callable[..., Incident], settings: Settings) -> None:
    settings.NOTIFICATION_HOLD = 30
    mailbox()
    incident()
    tell()
    assert not Delivery.objects.exists()

    assert fan_out(database_now() + timedelta(seconds=31))
    assert Delivery.objects.count() == 1


def test_what_was_withdrawn_is_told_to_nobody(incident: Callable[..., Incident]) -> None:
    mailbox()
    incident()
    Event.objects.filter(notify=True).update(withdrawn_at=database_now())
    tell()

    assert not Delivery.objects.exists()


def test_what_is_no_longer_public_is_told_to_nobody(incident: Callable[..., Incident], ops: Actor) -> None:
    mailbox()
    incident().edit(by=ops, is_public=False)
    tell()

    assert not Delivery.objects.exists()
    assert Event.objects.get(notify=True).fanned_out_at


def test_what_was_rolled_back_is_told_to_nobody(transactional_db: None, incident: Callable[..., Incident]) -> None:
    mailbox()
    with transaction.atomic():
        incident()
        transaction.set_rollback(True)
    tell()

    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


def test_a_fan_out_that_breaks_off_is_taken_up_where_it_was(
    transactional_db: None, incident: Callable[..., Incident], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 10)
    monkeypatch.setattr(module, "CHUNKS", 2)
    rows(f"ann{n}@example.com" for n in range(45))
    incident()
    fan_out(database_now())
    assert Delivery.objects.count() == 20

    monkeypatch.setattr(module, "_supersede", _break)
    fan_out(database_now())  # what it had written of the third chunk goes with it
    assert Delivery.objects.count() == 20

    monkeypatch.undo()
    tell()
    assert Delivery.objects.values("subscription").distinct().count() == Delivery.objects.count() == 45


def _break(*_: object) -> None:
    raise RuntimeError


def test_an_event_that_nobody_can_make_sense_of_holds_up_no_other(
    incident: Callable[..., Incident], caplog: pytest.LogCaptureFixture
) -> None:
    mailbox()
    incident(title="One")
    Event.objects.filter(notify=True).update(payload={"services": 5})
    incident(title="Two")
    tell()

    assert Delivery.objects.count() == 1
    assert "cannot be told" in caplog.text


def test_newer_word_takes_the_place_of_a_mail_that_still_waits(incident: Callable[..., Incident], ops: Actor) -> None:
    mailed, called, other = mailbox(), hook(), incident(title="Other")
    tell()
    row = incident()
    tell()
    row.post_update(by=ops, status=MONITORING)
    tell()

    assert states(mailed) == [State.PENDING, State.SUPERSEDED, State.PENDING]
    assert states(called) == [State.PENDING] * 3
    assert mailed.deliveries.filter(event__subject_id=other.pk).get().state == State.PENDING


def test_a_mail_that_was_sent_is_superseded_by_nothing(incident: Callable[..., Incident], ops: Actor) -> None:
    mailed, row = mailbox(), incident()
    tell()
    mailed.deliveries.update(state=State.SENT, finished_at=database_now())
    row.post_update(by=ops, status=MONITORING)
    tell()

    assert states(mailed) == [State.SENT, State.PENDING]


def test_who_follows_a_service_is_told_of_it(incident: Callable[..., Incident], api: Service, login: Service) -> None:
    row = mailbox()
    row.change(categories=["login"])
    incident(levels={api: None})
    tell()
    assert not row.deliveries.exists()
