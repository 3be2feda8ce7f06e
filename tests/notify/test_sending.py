"""From a claim to the receiver and what is remembered of it: by real SMTP and HTTP, whatever they answer."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Channel, Delivery, Incident, Pacing, Service, Subscription
from incidents.models.claiming import Claim, broke, claim
from incidents.models.clock import database_now
from incidents.models.message import Kind, State
from incidents.models.pacing import Lane
from incidents.models.replay import replay
from incidents.notify import channels
from incidents.notify.channels import webhook
from incidents.notify.fan_out import fan_out
from incidents.notify.relay import MOST
from incidents.notify.relay import Relay as RelayConnection
from incidents.notify.senders import send_what_is_due
from incidents.notify.sending import send_all
from incidents.notify.transport import Failed, Sent, TransportError
from incidents.notify.wanted import TOO_LATE
from tests.notify.situations import hook, mailbox, rows, waiting
from tests.notify.test_confirmations import mailer, use
from tests.receiver import Receiver, answers, receiving, say
from tests.smtp import Relay, relaying

MONITORING = IncidentStatus.MONITORING
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _nothing_is_held(settings: Settings) -> None:
    settings.NOTIFICATION_HOLD = settings.MAILS_PER_SECOND = settings.HOOKS_PER_SECOND = 0


@pytest.fixture
def relay(settings: Settings, socket_enabled: None) -> Iterator[Relay]:
    with relaying() as found:
        use(settings, found.url)
        yield found


@pytest.fixture
def receiver(settings: Settings, socket_enabled: None) -> Iterator[Receiver]:
    """Where webhooks may go, though it is on this machine."""
    settings.WEBHOOK_ALLOW_PRIVATE = (ip_network("127.0.0.0/8"),)
    settings.WEBHOOK_ALLOW_HTTP = True
    with receiving() as found:
        yield found


def work() -> None:
    while fan_out(database_now()):
        pass
    send_what_is_due()


def again() -> None:
    """When what failed is due again."""
    Delivery.objects.waiting().update(due_at=database_now())
    send_what_is_due()


def only() -> Delivery:
    return Delivery.objects.get()


def subjects(relay: Relay) -> list[str]:
    return [str(sent.message["Subject"]) for sent in relay.received]


# Mail


def test_a_mail_has_the_id_of_its_message_however_often_it_is_sent(
    incident: Callable[..., Incident], relay: Relay
) -> None:
    mailbox()
    incident()
    relay.answers["END"] = "451 who knows"  # it has it all the same
    work()
    relay.answers.clear()
    again()

    assert [sent.message["Message-ID"] for sent in relay.received] == [f"<{only().pk}@127.0.0.1>"] * 2
    assert only().state == State.SENT


def test_what_goes_out_has_the_wording_of_the_present(
    incident: Callable[..., Incident], relay: Relay, ops: Actor
) -> None:
    mailbox()
    row = incident(message="We loook into it.")
    row.updates.get().correct("We look into it.", by=ops)
    work()

    (sent,) = relay.received
    assert "We look into it." in sent.body("plain")
    assert "loook" not in sent.raw.decode()


@pytest.mark.parametrize(
    ("command", "answer", "state", "attempts"),
    [
        ("RCPT", "450 later", State.RETRY, 1),
        ("RCPT", "550 nobody", State.DEAD, 1),
        ("END", "554 spam", State.DEAD, 1),
        ("END", "452 full", State.RETRY, 1),
        ("MAIL", "450 slowly", State.RETRY, 1),
        ("MAIL", "552 too big", State.DEAD, 1),
        ("MAIL", "550 not you", State.PENDING, 0),
        ("RCPT", "421 closing", State.PENDING, 0),
        ("HELO", "550 who are you", State.PENDING, 0),
        ("BANNER", "554 go away", State.PENDING, 0),
    ],
)
@pytest.mark.django_db
def test_what_the_relay_answers_decides(relay: Relay, command: str, answer: str, state: State, attempts: int) -> None:
    waiting(mailbox())
    relay.answers |= {command: answer, "EHLO": "502 no such thing"}
    work()

    assert (only().state, only().attempts) == (state, attempts)


def test_a_relay_that_says_nothing_has_failed(db: None, relay: Relay, settings: Settings) -> None:
    settings.MAILERS = {"default": mailer(relay.url, timeout=1)}
    relay.silent_at = "END"
    waiting(mailbox())
    work()
    relay.go_on.set()

    assert (only().state, only().last_error, only().attempts) == (State.RETRY, "timeout", 1)


def test_a_refused_message_leaves_the_connection_as_it_is(db: None, relay: Relay) -> None:
    for n in range(3):
        waiting(mailbox(f"ann{n}@example.com"))
    relay.answers["RCPT"] = "550 nobody"
    work()

    assert (relay.connections, Delivery.objects.filter(state=State.DEAD).count()) == (1, 3)


def test_a_connection_is_used_for_a_hundred_messages(db: None, relay: Relay) -> None:
    rows(f"ann{n}@example.com" for n in range(2 * MOST + 5))
    for row in Subscription.objects.all():
        waiting(row)
    work()

    assert (len(relay.received), relay.connections) == (2 * MOST + 5, 3)


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_a_relay_that_tires_of_a_connection_gets_another(db: None, relay: Relay, command: str) -> None:
    for n in range(3):
        waiting(mailbox(f"ann{n}@example.com"))
    relay.tires_at = command
    work()

    assert (len(relay.received), relay.connections) == (3, 3)
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


def test_but_who_may_have_got_the_message_is_not_given_it_at_once_again(db: None, relay: Relay) -> None:
    for n in range(3):
        waiting(mailbox(f"ann{n}@example.com"))
    relay.tires_at = "DATA"
    work()

    assert (len(relay.received), relay.connections) == (2, 2)
    assert sorted(Delivery.objects.values_list("state", "attempts")) == [("retry", 1), ("sent", 1), ("sent", 1)]


def test_when_the_relay_is_back_everybody_is_told(
    incident: Callable[..., Incident], relay: Relay, settings: Settings
) -> None:
    with relaying() as gone:
        use(settings, gone.url)
    rows(f"ann{n}@example.com" for n in range(30))
    incident()
    work()
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.PENDING, 0)}

    use(settings, relay.url)
    _skip_the_pause()
    again()
    assert len(relay.received) == 30


def _skip_the_pause() -> None:
    Pacing.objects.update(paused_until=None)


# Whether it is still wanted


def test_who_leaves_between_fan_out_and_sending_is_not_mailed(incident: Callable[..., Incident], relay: Relay) -> None:
    row = mailbox()
    incident()
    fan_out(database_now())
    row.unsubscribe()
    send_what_is_due()

    told = Delivery.objects.get(event__isnull=False)
    assert (told.state, told.subscription) == (State.CANCELLED, None)
    assert subjects(relay) == ["You are unsubscribed from Status"]


def test_who_leaves_while_a_sender_has_the_message_is_not_mailed(
    incident: Callable[..., Incident], relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = mailbox()
    incident()
    fan_out(database_now())

    def leave_first(*given: Any) -> None:
        row.unsubscribe()
        send_all(*given)

    monkeypatch.setattr("incidents.notify.senders.send_all", leave_first)
    send_what_is_due()

    assert Delivery.objects.get(event__isnull=False).state == State.CANCELLED
    assert subjects(relay) == ["You are unsubscribed from Status"]


@pytest.mark.parametrize("change", [{"notify_incidents": False}, {"digest_frequency": "daily"}])
def test_who_wants_something_else_by_now_is_not_mailed(
    incident: Callable[..., Incident], relay: Relay, change: dict[str, Any]
) -> None:
    row = mailbox()
    incident()
    fan_out(database_now())
    row.change(**change)
    send_what_is_due()

    assert (relay.received, only().state) == ([], State.CANCELLED)


def test_what_became_private_is_not_mailed(incident: Callable[..., Incident], relay: Relay, ops: Actor) -> None:
    mailbox()
    row = incident()
    fan_out(database_now())
    row.edit(by=ops, is_public=False)
    send_what_is_due()

    assert (relay.received, only().state) == ([], State.CANCELLED)


def test_what_a_restored_database_remembers_is_not_mailed(incident: Callable[..., Incident], relay: Relay) -> None:
    mailbox()
    incident()
    fan_out(database_now())
    Delivery.objects.update(due_at=database_now() - TOO_LATE - SECOND)
    send_what_is_due()

    assert (relay.received, only().state) == ([], State.CANCELLED)


def test_after_an_outage_only_the_newest_word_is_mailed_and_hooks_get_every_one(
    incident: Callable[..., Incident], relay: Relay, receiver: Receiver, settings: Settings, ops: Actor
) -> None:
    mailed, called = mailbox(), hook(receiver.url())
    with relaying() as gone:
        use(settings, gone.url)
    row = incident()
    work()
    for message in ("First.", "Second."):
        row.post_update(by=ops, status=MONITORING, message=message)
        _skip_the_pause()
        work()
    use(settings, relay.url)
    _skip_the_pause()
    again()

    assert ["Second." in sent.body("plain") for sent in relay.received] == [True]
    assert sorted(mailed.deliveries.values_list("state", flat=True)) == ["sent", "superseded", "superseded"]
    sent = called.deliveries.order_by("finished_at").values_list("event", "state")
    assert list(sent) == [(event, "sent") for event, _ in sorted(sent)]


# Endpoints


def test_an_endpoint_that_fails_three_times_is_told_the_fourth_time(
    incident: Callable[..., Incident], receiver: Receiver
) -> None:
    hook(receiver.url())
    incident()
    receiver.answer = answers(500)
    work()
    for _ in range(2):
        again()
    receiver.answer = answers(204)
    again()

    assert (only().state, only().attempts) == (State.SENT, 4)
    assert list(only().history.values_list("status", "error")) == [(500, "status")] * 3 + [(204, "")]
    row = Subscription.objects.get()
    assert (row.failures, row.failing_since) == (0, None)


def test_an_endpoint_that_is_gone_is_asked_once_and_its_holder_mailed(
    incident: Callable[..., Incident], receiver: Receiver, relay: Relay
) -> None:
    row = hook(receiver.url())
    incident()
    receiver.answer = answers(410)
    work()
    send_what_is_due()

    row.refresh_from_db()
    assert (len(receiver.received), row.disabled_because) == (1, "gone")
    (sent,) = relay.received
    assert sent.recipients == (row.address,)


def test_an_overloaded_host_is_left_alone_for_a_while(incident: Callable[..., Incident], receiver: Receiver) -> None:
    for n in range(3):
        hook(receiver.url() + f"&n={n}")
    incident()
    receiver.answer = answers(502)
    work()

    assert len(receiver.received) == 1
    assert all(due > database_now() + 50 * SECOND for due in Delivery.objects.values_list("due_at", flat=True))


def test_one_that_asks_for_patience_gets_nothing_else_meanwhile(
    incident: Callable[..., Incident], receiver: Receiver
) -> None:
    hook(receiver.url())
    incident()
    incident(title="Another")
    receiver.answer = answers(429, Retry_After="3600")
    work()

    assert len(receiver.received) == 1
    assert all(due > database_now() + 3500 * SECOND for due in Delivery.objects.values_list("due_at", flat=True))


def test_an_event_for_which_a_lease_is_too_short_goes_on_where_it_stopped(
    incident: Callable[..., Incident],
    service: Callable[..., Service],
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook, "ALL_SECONDS", 0.0)
    hook(receiver.url())
    incident(levels=dict.fromkeys(service(f"service-{n}", name=f"Service {n}") for n in range(4)))
    work()

    assert (only().state, only().attempts) == (State.SENT, 1)
    ids = [received.headers["webhook-id"] for received in receiver.received]
    assert len(ids) == len(set(ids)) == 5


def test_so_does_one_that_failed_in_the_middle_until_it_is_sent_anew(
    incident: Callable[..., Incident], api: Service, receiver: Receiver, ops: Actor
) -> None:
    hook(receiver.url())
    incident(levels={api: None})
    receiver.answer = lambda handler: say(handler, 500 if "." in handler.headers["webhook-id"] else 204)
    work()
    receiver.answer = answers(204)
    again()
    sent = [received.headers["webhook-id"] for received in receiver.received]
    assert (len(sent), sent[1], only().state, only().attempts) == (3, sent[2], State.SENT, 2)

    replay(Delivery.objects.all(), by=ops)
    send_what_is_due()
    assert [received.headers["webhook-id"] for received in receiver.received[3:]] == sent[:2]


# What cannot be written


def test_what_cannot_be_written_is_given_up_in_the_end_and_holds_up_nobody(
    incident: Callable[..., Incident], relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_for_some(_: object, subscription: Subscription, *__: object) -> Sent:
        if subscription.host == "bad.example":
            raise ZeroDivisionError
        return Sent(204)

    monkeypatch.setitem(channels.CHANNELS, Channel.WEBHOOK, break_for_some)
    bad, good, mailed = hook("https://bad.example/"), hook("https://good.example/"), mailbox()
    incident()
    work()
    while bad.deliveries.waiting().exists():
        again()

    assert [row.deliveries.get().state for row in (bad, good, mailed)] == [State.DEAD, State.SENT, State.SENT]
    assert set(bad.deliveries.get().history.values_list("error", flat=True)) == {"rendering"}
    bad.refresh_from_db()
    assert (bad.failures, bad.failing_since) == (0, None)  # it was never asked


def test_an_error_of_ours_reaches_the_log_without_what_it_is_about(
    incident: Callable[..., Incident], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> Sent:
        raise ValueError("ann@example.com")

    monkeypatch.setitem(channels.CHANNELS, Channel.WEBHOOK, fail)
    hook()
    incident()
    work()

    assert "cannot be written: ValueError" in caplog.text
    assert "ann@" not in caplog.text


def test_a_secret_that_nobody_can_read_is_no_fault_of_the_endpoint(
    incident: Callable[..., Incident], receiver: Receiver
) -> None:
    row = hook(receiver.url(), sealed_secret=b"sealed with a key that is gone")
    incident()
    work()

    row.refresh_from_db()
    assert (only().state, only().last_error, row.failures) == (State.DEAD, "unreadable", 0)


def test_a_transport_error_says_all_that_is_kept(
    incident: Callable[..., Incident], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Sent:
        raise TransportError(Failed.TLS, None, permanent=True)

    monkeypatch.setitem(channels.CHANNELS, Channel.WEBHOOK, fail)
    hook()
    incident()
    work()

    assert (only().state, only().last_error) == (State.DEAD, "tls")
    assert only().kind == Kind.EVENT


def test_what_the_database_keeps_from_being_sent_is_given_back(
    db: None, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_away(*_: object) -> None:
        raise OperationalError

    for n in range(3):
        waiting(mailbox(f"ann{n}@example.com"))
    with monkeypatch.context() as patch:
        patch.setattr("incidents.notify.sending.why_not", be_away)
        send_all(claim(Lane.MAIL, database_now()), RelayConnection(), lambda: False)
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.PENDING, 0)}

    send_what_is_due()
    assert len(relay.received) == 3


def test_a_database_that_is_away_when_the_relay_is_too_costs_no_attempt(
    db: None, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Any] = []

    def away_once(*given: Any) -> Any:
        tries.append(given)
        if len(tries) == 1:
            raise OperationalError
        return broke(*given)

    for n in range(3):
        waiting(mailbox(f"ann{n}@example.com"))
    relay.answers["BANNER"] = "421 too busy"
    monkeypatch.setattr("incidents.notify.sending.broke", away_once)
    monkeypatch.setattr("incidents.notify.sending.connections.close_all", lambda: None)  # the test's own
    send_all(claim(Lane.MAIL, database_now()), RelayConnection(), lambda: False)

    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.PENDING, 0)}


def test_a_relay_that_is_still_down_counts_once_however_often_that_is_recorded(
    db: None, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_back, tries = Delivery.give_back, list[Any]()

    def away_once(*given: Any) -> bool:
        tries.append(given)
        if len(tries) == 1:
            raise OperationalError
        return give_back(*given)

    waiting(mailbox())
    relay.answers["BANNER"] = "421 too busy"
    now = database_now()
    until = broke(Claim(), Lane.MAIL, now)
    probe = claim(Lane.MAIL, until)
    monkeypatch.setattr(Delivery, "give_back", away_once)
    monkeypatch.setattr("incidents.notify.sending.connections.close_all", lambda: None)  # the test's own
    send_all(probe, RelayConnection(), lambda: False)

    assert (len(tries), probe.is_probe, Pacing.objects.get().failures) == (2, True, 2)
