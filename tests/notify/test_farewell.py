"""Who leaves is told so by one last mail: where many read at one address, one click leaves for all of them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from incidents.models import Actor, Delivery, Subscription
from incidents.models.claiming import LEASE, claim, expire
from incidents.models.clock import database_now
from incidents.models.delivery import RETRIES
from incidents.models.endpoint import Disabled
from incidents.models.farewell import FAREWELL_FOR
from incidents.models.message import DONE, State
from incidents.models.pacing import Lane
from incidents.models.tokens import Purpose
from incidents.notify.senders import send_what_is_due
from tests.notify.situations import hook, mailbox
from tests.notify.test_confirmations import use
from tests.smtp import Relay, relaying

LIST = "Everybody@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def relay(settings: Settings, socket_enabled: None) -> Iterator[Relay]:
    with relaying() as found:
        use(settings, found.url)
        yield found


def left(**columns: Any) -> Delivery:
    """Somebody has pressed the button; the mail about it waits."""
    mailbox(LIST, **columns).unsubscribe()
    return Delivery.objects.get()


def is_stored(words: str) -> bool:
    return any(words.lower() in str(row).lower() for row in Delivery.objects.values())


def test_one_click_brings_one_mail_that_leads_back(db: None, relay: Relay, client: Client) -> None:
    token = mailbox(LIST).token(Purpose.UNSUBSCRIBE)
    for _ in range(2):
        assert client.post(f"/subscriptions/unsubscribe/{token}/", ONE_CLICK).status_code == 200
    send_what_is_due()
    send_what_is_due()

    (sent,) = relay.received
    assert sent.recipients == (LIST,)
    assert sent.message["Subject"] == "You are unsubscribed from Status"
    assert "http://127.0.0.1:8000/subscribe/" in sent.body("plain")


def test_so_does_leaving_by_api(db: None, relay: Relay, client: Client) -> None:
    token = mailbox(LIST).token(Purpose.MANAGE)
    key = {"Idempotency-Key": "leaving"}
    assert client.delete(f"/status/v1/subscriptions/{token}", headers=key).status_code == 200
    send_what_is_due()

    assert [sent.recipients for sent in relay.received] == [(LIST,)]


def test_who_answers_for_an_endpoint_is_told_of_its_end(db: None, relay: Relay) -> None:
    hook("https://hooks.example.com/a-secret").unsubscribe()
    send_what_is_due()

    (sent,) = relay.received
    assert "sends nothing to hooks.example.com any more" in " ".join(sent.body("plain").split())
    assert "a-secret" not in sent.raw.decode()


def test_the_address_is_stored_encrypted_and_until_it_is_sent(db: None, relay: Relay) -> None:
    waiting = left()
    assert waiting.sealed
    assert not is_stored("example")

    send_what_is_due()
    waiting.refresh_from_db()
    assert waiting.state == State.SENT
    assert waiting.sealed is None


@pytest.mark.parametrize("answer", ["450 later", "550 nobody"])
def test_what_cannot_be_sent_is_forgotten_too(db: None, relay: Relay, answer: str) -> None:
    waiting = left()
    relay.answers["RCPT"] = answer
    for _ in range(len(RETRIES[Lane.MAIL]) + 1):
        Delivery.objects.waiting().update(due_at=database_now())
        send_what_is_due()

    waiting.refresh_from_db()
    assert waiting.state == State.DEAD
    assert waiting.sealed is None


def test_so_is_what_kills_workers(db: None) -> None:
    waiting = left()
    Delivery.objects.update(attempts=len(RETRIES[Lane.MAIL]))
    now = database_now()
    claim(Lane.MAIL, now)
    expire(now + LEASE)

    waiting.refresh_from_db()
    assert waiting.state == State.DEAD
    assert waiting.sealed is None


def test_after_a_day_nobody_is_told_any_more(db: None, relay: Relay) -> None:
    waiting = left()
    Delivery.objects.update(created_at=database_now() - FAREWELL_FOR - timedelta(minutes=1))
    send_what_is_due()

    waiting.refresh_from_db()
    assert (relay.received, waiting.state) == ([], State.CANCELLED)
    assert waiting.sealed is None


def test_what_was_sealed_with_a_key_that_is_gone_is_given_up_at_once(
    db: None, relay: Relay, settings: Settings
) -> None:
    waiting = left()
    settings.SECRET_KEY = "another key, that nobody knows either, of 50 characters"
    send_what_is_due()

    waiting.refresh_from_db()
    assert (waiting.state, waiting.last_error, waiting.attempts) == (State.DEAD, "unreadable", 1)


@pytest.mark.parametrize("columns", [{"verified_at": None}, {"disabled_because": Disabled.BOUNCING}], ids=str)
def test_nobody_is_told_where_nothing_was_sent_or_arrived(db: None, columns: dict[str, Any]) -> None:
    mailbox(LIST, **columns).unsubscribe()
    assert not Delivery.objects.exists()


def test_who_has_been_erased_is_told_nothing(db: None, ops: Actor) -> None:
    mailbox(LIST)
    assert Subscription.erase(LIST, by=ops) == 1
    assert not Delivery.objects.exists()


def test_who_is_erased_after_leaving_is_told_nothing_either(db: None, ops: Actor) -> None:
    mailbox("ann@example.com").unsubscribe()
    others = Delivery.objects.get()
    mailbox(LIST).unsubscribe()

    Subscription.erase(LIST.upper(), by=ops)
    assert Delivery.objects.get() == others


def test_who_never_confirms_is_forgotten_without_a_word(
    subscription: Callable[..., Subscription], now: datetime
) -> None:
    subscription(LIST, verified=False)
    assert Subscription.purge(now + timedelta(days=7))
    assert not Delivery.objects.exclude(state__in=DONE).exists()


def test_the_address_reaches_no_log(db: None, relay: Relay, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    left()
    relay.answers["RCPT"] = f"550 {LIST} unknown"
    send_what_is_due()

    assert "not sent: refused 550" in caplog.text
    assert "example.com" not in caplog.text.lower()
