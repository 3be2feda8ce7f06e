"""The mail to confirm or to manage: sent once, by a real SMTP dialogue, whatever the relay does."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from incidents.models import Delivery, Subscription
from incidents.models.clock import database_now
from incidents.models.message import State
from incidents.models.tokens import Purpose
from incidents.notify.senders import send_what_is_due
from statussite import mail as mail_settings
from tests.smtp import Relay, relaying

ANN = "Ann@example.com"
HIDDEN = ("Received", "Bcc", "X-")


@pytest.fixture
def relay(settings: Settings, socket_enabled: None) -> Iterator[Relay]:
    """The relay that the worker is told to use. Its refusals are set by `relay.answers`."""
    with relaying() as found:
        use(settings, found.url)
        yield found


def use(settings: Settings, url: str) -> None:
    settings.MAILERS = {"default": mailer(url)}


def mailer(url: str, timeout: int = 2) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMAIL_URL", url)
        return mail_settings.mailer("EMAIL_URL", "console:", timeout=timeout)


def work() -> bool:
    """Whether anything was sent."""
    before = Delivery.objects.filter(state=State.SENT).count()
    send_what_is_due()
    return Delivery.objects.filter(state=State.SENT).count() > before


def due_in() -> timedelta:
    return Delivery.objects.get().due_at - database_now()


def attempts() -> int:
    return Delivery.objects.get().attempts


def links(text: str) -> list[str]:
    return re.findall(r"https?://[^\s\"<>]+", text)


def test_a_subscription_is_mailed_its_link(db: None, relay: Relay) -> None:
    Subscription.subscribe(ANN)

    assert [work(), work()] == [True, False]

    (sent,) = relay.received
    assert sent.recipients == (ANN,)
    assert sent.message["To"] == ANN
    assert sent.message["Subject"] == "Confirm your subscription to Status"
    assert not [header for header in sent.message if header.startswith(HIDDEN)]


def test_text_and_html_have_the_same_link_to_a_page_of_ours(db: None, relay: Relay, client: Client) -> None:
    Subscription.subscribe(ANN)
    work()

    (sent,) = relay.received
    in_text, in_html = links(sent.body("plain")), links(sent.body("html"))
    assert set(in_text) == set(in_html)
    assert all(link.startswith("http://127.0.0.1:8000/") for link in in_text)
    for link in in_text:
        assert client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200, link


def test_links_go_to_the_configured_address_and_to_no_other(
    db: None, relay: Relay, settings: Settings, client: Client
) -> None:
    settings.SITE_URL = "https://status.example.org"
    client.post(
        "/api/v1/status/subscriptions",
        {"email": ANN},
        content_type="application/json",
        headers={"X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"},
    )
    work()

    (sent,) = relay.received
    assert {link.split("/")[2] for link in links(sent.body("plain"))} == {"status.example.org"}


def test_nothing_that_a_client_typed_is_in_the_mail(db: None, relay: Relay, client: Client) -> None:
    sent_along = {"name": "Win at https://evil.example", "message": "evil", "email": ANN}
    client.post("/api/v1/status/subscriptions", sent_along, content_type="application/json")
    work()

    (sent,) = relay.received
    assert b"evil" not in sent.raw
    assert "example.com" not in sent.body("plain") + sent.body("html")


def test_who_is_confirmed_is_mailed_the_way_to_the_preferences_instead(
    subscription: Callable[..., Subscription], relay: Relay, client: Client
) -> None:
    subscription(ANN)
    Subscription.subscribe(ANN)
    work()

    (sent,) = relay.received
    assert sent.message["Subject"] == "Your subscription to Status"
    assert sent.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    leave = str(sent.message["List-Unsubscribe"]).strip("<>")
    assert leave.startswith("http://127.0.0.1:8000/subscriptions/unsubscribe/")
    assert leave in links(sent.body("plain"))
    Subscription.held_by(leave.split("/")[-2], Purpose.UNSUBSCRIBE)
    assert any("/subscriptions/manage/" in link for link in links(sent.body("plain")))
    assert set(links(sent.body("plain"))) == set(links(sent.body("html")))
    for link in links(sent.body("plain")):
        assert client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200, link


def test_one_connection_serves_all_that_are_due(db: None, relay: Relay) -> None:
    for n in range(5):
        Subscription.subscribe(f"ann{n}@example.com")

    assert work()

    assert (len(relay.received), relay.connections) == (5, 1)


def test_a_refused_recipient_is_tried_again_later_and_holds_up_nobody(db: None, relay: Relay) -> None:
    Subscription.subscribe(ANN)
    relay.answers["RCPT"] = "450 not now"
    assert not work()
    assert timedelta(seconds=45) < due_in() <= timedelta(seconds=72)
    assert attempts() == 1

    relay.answers.clear()
    Subscription.subscribe("bob@example.com")
    assert work()
    assert [sent.recipients for sent in relay.received] == [("bob@example.com",)]


@pytest.mark.parametrize("command", ["MAIL", "DATA", "END"])
def test_a_relay_that_hangs_up_in_the_middle_costs_one_attempt(db: None, relay: Relay, command: str) -> None:
    Subscription.subscribe(ANN)
    relay.answers[command] = ""

    assert not work()

    assert (Delivery.objects.get().state, attempts()) == (State.RETRY, 1)


def test_a_relay_that_cannot_be_reached_costs_no_attempt(db: None, settings: Settings, socket_enabled: None) -> None:
    with relaying() as gone:
        use(settings, gone.url)
    Subscription.subscribe(ANN)

    assert not work()

    assert attempts() == 0
    assert due_in() <= timedelta(minutes=1)


def test_a_relay_that_sends_us_away_costs_no_attempt(db: None, relay: Relay) -> None:
    relay.answers["BANNER"] = "421 too busy"
    Subscription.subscribe(ANN)

    assert not work()

    assert attempts() == 0


def test_who_left_meanwhile_is_not_mailed(db: None, relay: Relay) -> None:
    Subscription.subscribe(ANN)
    Subscription.objects.get().unsubscribe()

    assert not work()
    assert relay.connections == 0


def test_no_address_reaches_the_log(db: None, relay: Relay, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    Subscription.subscribe(ANN)
    relay.answers["RCPT"] = f"550 {ANN} unknown"

    work()

    assert "not sent: refused 550" in caplog.text
    assert "example.com" not in caplog.text


def test_no_transaction_is_open_while_mail_is_sent(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.mail.backends.locmem import EmailBackend
    from django.db import connection

    inside: list[bool] = []
    monkeypatch.setattr(EmailBackend, "send_messages", lambda *_: inside.append(connection.in_atomic_block))
    Subscription.subscribe(ANN)

    work()

    assert inside == [False]
    assert mail.outbox == []
