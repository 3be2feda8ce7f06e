"""A relay as they really are, good and bad, and what workers make of it. Each test is for each engine."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from tests.engines import EACH_ENGINE, EACH_KIND, Engine, engine
from tests.receiver import receiving
from tests.smtp import Relay, relaying

SECONDS = 15  # that the relay has for an answer
AWAY = {"BANNER": "421 not now", "MAIL": "421 not now"}  # over a new connection, and over an old one


@pytest.fixture(scope="module", params=EACH_KIND)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Relay]]:
    """At work for all tests that mind nothing but their own messages."""
    with relaying() as relay, engine(request.param, tmp_path_factory.mktemp("relays"), EMAIL_URL=relay.url) as on:
        on.start()
        yield on, relay


@pytest.fixture
def relay(shared: tuple[Engine, Relay]) -> Iterator[Relay]:
    """Nothing has been sent by it yet."""
    _, found = shared
    found.received.clear()
    found.is_silent.clear()
    found.go_on.clear()
    yield found
    found.answers.clear()
    found.silent_at = ""
    found.go_on.set()


@pytest.fixture
def on(shared: tuple[Engine, Relay], relay: Relay, socket_enabled: None) -> Engine:
    """With one reader, and nothing to send."""
    found, _ = shared
    for table in ("attempt", "delivery", "subscription"):
        found.execute(f"DELETE FROM incidents_{table}")
    found.has_people(1)
    return found


@pytest.mark.parametrize("answers", [{"RCPT": "450 later"}, {"END": "451 who knows"}, {"END": ""}])
def test_what_fails_for_now_is_sent_later_under_the_same_id(on: Engine, relay: Relay, answers: dict[str, str]) -> None:
    """After the end of the message the relay has it all the same."""
    relay.answers |= answers
    on.happen()
    on.wait_for(lambda: on.count("state = 'retry' AND attempts = 1") == 1)
    relay.answers.clear()
    on.hurry()
    on.wait_for(on.is_done)

    assert on.count("state = 'sent' AND attempts = 2") == 1
    assert (len(relay.received), len(relay.ids())) == (1 + ("END" in answers), 1)


def test_a_mailbox_that_is_not_there_is_left_alone_after_three_messages(on: Engine, relay: Relay) -> None:
    relay.answers["RCPT"] = "550 nobody"
    for n in (1, 2, 3):
        on.happen()
        on.wait_for(lambda: on.count("state = 'dead' AND attempts = 1") == n)  # noqa: B023  it is over by then

    assert on.query("SELECT disabled_because FROM incidents_subscription") == [("bouncing",)]


def test_a_relay_that_says_nothing_is_waited_for_so_long_and_hooks_are_not(on: Engine, relay: Relay) -> None:
    relay.silent_at = "END"
    with receiving() as theirs:
        on.run(f"from tests.notify.situations import hook; hook({theirs.url()!r})")
        on.happen()
        on.wait_for(lambda: on.count("lane = 'hook' AND state = 'sent'") == 1)
    assert on.count("lane = 'mail' AND attempts = 0") == 1
    on.wait_for(lambda: on.count("state = 'retry' AND last_error = 'timeout' AND attempts = 1") == 1)
    ((took,),) = on.query("SELECT max(milliseconds) FROM incidents_attempt")
    relay.silent_at = ""
    relay.go_on.set()
    on.hurry()
    on.wait_for(on.is_done)

    assert took < 1000 * (SECONDS + 1)
    assert (len(relay.received), len(relay.ids())) == (2, 1)


def test_a_relay_that_sends_everybody_away_costs_nobody_an_attempt(on: Engine, relay: Relay) -> None:
    relay.answers |= AWAY
    on.happen()
    on.wait_for(lambda: on.has_given_up_the_relay)
    assert on.count("state = 'pending' AND attempts = 0") == 1
    relay.answers.clear()
    on.try_the_relay()
    on.wait_for(on.is_done)

    assert on.count("state = 'sent' AND attempts = 1") == 1
    assert len(relay.received) == 1


def test_who_leaves_or_wants_less_between_fan_out_and_sending_is_not_mailed(on: Engine, relay: Relay) -> None:
    on.run("from tests.notify.situations import rows; rows(['bob@example.com', 'cid@example.com'])")
    relay.answers |= AWAY
    on.happen()
    on.wait_for(lambda: on.count() == 3 and on.has_given_up_the_relay)
    on.run(_LEAVE)
    # Past the model, so that only the one who sends can see it.
    on.execute("UPDATE incidents_subscription SET notify_incidents = NOT notify_incidents WHERE address LIKE 'cid%'")
    relay.answers.clear()
    on.try_the_relay()
    on.wait_for(on.is_done)

    told = {mail.recipients for mail in relay.received if "Broken" in str(mail.message["Subject"])}
    assert told == {("ann0@example.com",)}
    assert on.count("state = 'cancelled' AND attempts = 0") == 2


_LEAVE = "from incidents.models import Subscription as S; S.objects.get(address='bob@example.com').unsubscribe()"


@EACH_ENGINE
def test_after_a_relay_was_down_everybody_is_told_no_faster_than_allowed(
    start: Callable[..., Engine], kind: str
) -> None:
    rate, people = 20, 60
    with relaying() as gone:
        on = start(gone, kind, people=people, MAILS_PER_SECOND=str(rate))
    on.happen()
    on.start()
    on.wait_for(lambda: on.count() == people and on.has_given_up_the_relay)
    assert on.count("attempts > 0") == 0
    with relaying(gone.port) as relay:
        began = time.monotonic()
        on.try_the_relay()
        on.wait_for(on.is_done)

        assert set(relay.recipients.values()) == {1}
        assert relay.received[-1].at - began > (people - rate) / rate - 0.1  # what one second saved up goes at once
    assert on.count("state = 'sent' AND attempts = 1") == people


@EACH_ENGINE
def test_while_the_relay_is_down_hooks_get_every_word_and_afterwards_mailboxes_the_newest(
    start: Callable[..., Engine], kind: str
) -> None:
    with relaying(BANNER="421 not now") as relay, receiving() as theirs:
        on = start(relay, kind)
        on.run(f"from tests.notify.situations import hook; hook({theirs.url()!r})")
        on.start()
        on.happen()
        for message in ("First.", "Second."):
            on.post_update(message)
        on.wait_for(lambda: on.count("lane = 'hook' AND state = 'sent'") == 3)
        on.wait_for(lambda: on.has_given_up_the_relay and on.count("lane = 'mail'") == 3)
        assert on.count("lane = 'mail' AND attempts > 0") == 0
        relay.answers.clear()
        on.try_the_relay()
        on.wait_for(on.is_done)

        assert ["Second." in mail.body("plain") for mail in relay.received] == [True]
        assert on.count("lane = 'mail' AND state = 'superseded'") == 2
        told = [json.loads(received.body)["incident"] for received in theirs.received]
        steps = [incident["metadata"]["sequence"] for incident in told]
        assert (len(steps), steps) == (3, sorted(set(steps)))
        assert told[-1]["incident_updates"][0]["body"] == "Second."
