"""A relay that answers, but takes its time: one message has so many seconds for all of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db.models import F
from pytest_django import Settings

from incidents.models import Attempt, Delivery, Pacing
from incidents.models.message import State
from incidents.notify.relay import PATIENCE
from incidents.notify.relay import Relay as RelayConnection
from incidents.notify.senders import send_what_is_due
from tests.certificates import Authority
from tests.engines import EACH_ENGINE, Engine
from tests.notify.situations import mailbox, waiting
from tests.notify.test_confirmations import mailer
from tests.smtp import Relay, relaying

SECONDS, MARGIN = 2, 2


@pytest.fixture
def relay(db: None, settings: Settings, socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    monkeypatch.setattr(RelayConnection, "_hung", 0)
    with relaying() as found:
        settings.MAILERS = {"default": mailer(found.url, timeout=SECONDS)}
        yield found
        found.go_on.set()


def outcome() -> tuple[str, str, int]:
    """Of the only message; no attempt took much longer than it may."""
    assert all(took < 1000 * (SECONDS + MARGIN) for took in Attempt.objects.values_list("milliseconds", flat=True))
    row = Delivery.objects.get()
    return row.state, row.last_error, row.attempts


def test_one_that_is_slow_at_each_step_has_failed_in_good_time(relay: Relay) -> None:
    waiting(mailbox())
    relay.pause = 0.9
    send_what_is_due()
    assert outcome() == (State.RETRY, "timeout", 1)
    relay.go_on.set()
    Delivery.objects.update(due_at=F("created_at"))
    send_what_is_due()

    assert outcome() == (State.SENT, "", 2)
    assert len(relay.received) == 1


def test_one_whose_answers_drip_has_too(relay: Relay) -> None:
    waiting(mailbox())
    relay.answers["RCPT"] = f"250 {'very ' * 20}well"
    relay.drip = 0.05
    send_what_is_due()

    assert outcome() == (State.RETRY, "timeout", 1)
    assert relay.received == []


def test_one_that_is_slow_before_it_knows_what_for_costs_nobody_an_attempt(relay: Relay) -> None:
    waiting(mailbox())
    relay.pause = SECONDS + MARGIN
    send_what_is_due()

    assert outcome() == (State.PENDING, "", 0)


def test_one_that_hangs_time_after_time_is_at_fault_itself(relay: Relay, settings: Settings) -> None:
    for n in range(PATIENCE + 3):
        waiting(mailbox(f"ann{n}@example.com"))
    relay.silent_at = "MAIL"
    send_what_is_due()

    tried = Counter(Delivery.objects.values_list("state", "attempts"))
    assert tried == {(State.RETRY, 1): PATIENCE, (State.PENDING, 0): 3}
    assert Pacing.objects.get(lane="mail").failures == 1


def test_each_message_over_a_connection_has_its_own_time(relay: Relay, settings: Settings) -> None:
    settings.MAILERS = {"default": mailer(relay.url, timeout=6)}
    for n in range(3):
        waiting(mailbox(f"ann{n}@example.com"))
    relay.pause = 0.6  # six times for the first, four times for the others
    send_what_is_due()

    assert (relay.connections, len(relay.received)) == (1, 3)


@pytest.mark.parametrize("scheme", ["smtps", "smtp+tls"])
def test_so_it_is_in_tls(
    relay: Relay, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with relaying(tls=authority.serving("localhost"), at_once=scheme == "smtps") as relay:  # instead of the other
        url = f"{scheme}://localhost:{relay.port}"
        settings.MAILERS = {"default": mailer(url, timeout=20)}
        waiting(mailbox())
        send_what_is_due()
        assert outcome() == (State.SENT, "", 1)

        settings.MAILERS = {"default": mailer(url, timeout=SECONDS)}
        waiting(mailbox("bob@example.com"))
        relay.silent_at = "RCPT"
        send_what_is_due()
        relay.go_on.set()
        assert set(Delivery.objects.values_list("state", "last_error")) == {(State.SENT, ""), (State.RETRY, "timeout")}


@EACH_ENGINE
def test_who_has_a_message_for_a_slow_relay_keeps_it_no_longer_than_the_lease(
    start: Callable[..., Engine], kind: str
) -> None:
    with relaying() as relay:
        relay.pause = 4
        on = start(relay, kind)
        on.happen()
        on.start()
        on.wait_for(lambda: on.count("state = 'retry' AND last_error = 'timeout' AND attempts = 1") == 1)
        ((took,),) = on.query("SELECT max(milliseconds) FROM incidents_attempt")
        relay.go_on.set()
        on.hurry()
        on.wait_for(on.is_done)

        assert took < 1000 * (15 + MARGIN)
        assert (len(relay.received), on.count("state = 'sent' AND attempts = 2")) == (1, 1)
