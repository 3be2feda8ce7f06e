"""Workers that are stopped, killed or put to sleep with a message in their hands, and messages that do it to them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable

from tests.engines import EACH_ENGINE, SENDERS, Engine
from tests.smtp import Relay, relaying

type Starts = Callable[..., Engine]


def sending(start: Starts, relay: Relay, kind: str, people: int = 1) -> tuple[Engine, "subprocess.Popen[bytes]"]:
    """A worker that has handed over a whole message and hears no more of it."""
    relay.silent_at = "END"
    on = start(relay, kind, people=people)
    on.happen()
    worker = on.start()
    assert relay.is_silent.wait(60), on.log
    return on, worker


def another_sends(relay: Relay, on: Engine) -> None:
    """When the lease has run out."""
    on.expire()
    relay.silent_at = ""
    relay.go_on.set()
    on.start()
    on.wait_for(on.is_done)


@EACH_ENGINE
def test_a_worker_that_is_killed_before_it_knows_that_it_has_sent_sends_the_same_again(
    start: Starts, kind: str
) -> None:
    with relaying() as relay:
        on, _ = sending(start, relay, kind)
        on.kill()
        another_sends(relay, on)

        assert (len(relay.received), len(relay.ids())) == (2, 1)
        assert on.count("state = 'sent' AND attempts = 2") == 1


@EACH_ENGINE
def test_the_word_of_a_worker_that_slept_through_its_lease_counts_no_more(start: Starts, kind: str) -> None:
    with relaying() as relay:
        on, asleep = sending(start, relay, kind)
        on.stop(asleep)
        another_sends(relay, on)
        os.killpg(asleep.pid, signal.SIGCONT)
        on.wait_for(lambda: "taken over by somebody else" in on.log)

        assert (len(relay.received), len(relay.ids())) == (2, 1)
        assert on.count("state = 'sent' AND attempts = 2") == 1


@EACH_ENGINE
def test_a_worker_that_is_to_stop_finishes_what_it_sends_and_gives_back_the_rest(start: Starts, kind: str) -> None:
    with relaying() as relay:
        on, worker = sending(start, relay, kind, people=300)
        on.wait_for(lambda: on.count("state = 'leased'") > SENDERS[kind])
        worker.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert worker.poll() is None
        relay.go_on.set()

        assert worker.wait(20) == 0
        assert on.count("state = 'leased'") == 0
        assert on.count("state = 'sent' AND attempts = 1") == len(relay.received) == len(relay.ids()) >= 1
        assert on.count("state = 'pending' AND attempts = 0") == 300 - len(relay.received)


@EACH_ENGINE
def test_what_kills_each_worker_that_has_it_is_given_up_and_others_are_told(start: Starts, kind: str) -> None:
    with relaying() as relay:
        relay.silent_at = "MAIL"
        on = start(relay, kind)
        on.happen()
        (bomb,) = on.query("SELECT id FROM incidents_subscription")[0]
        for _ in range(_ATTEMPTS):
            relay.is_silent.clear()
            on.start()
            assert relay.is_silent.wait(60), on.log
            on.kill()
            on.expire()
        relay.silent_at = ""
        on.run("from tests.notify.situations import mailbox; mailbox('bob@example.com')")
        on.happen("Another")
        worker = on.start()
        on.wait_for(lambda: relay.recipients["bob@example.com"] == 1)

        assert on.query(
            f"SELECT attempts, last_error FROM incidents_delivery WHERE subscription_id = '{bomb}' AND state = 'dead'"
        ) == [(_ATTEMPTS, "lost")]
        assert worker.poll() is None


_ATTEMPTS = 7


@EACH_ENGINE
def test_what_cannot_be_written_is_given_up_while_others_are_told(start: Starts, kind: str) -> None:
    with relaying() as relay:
        on = start(relay, kind, people=20)
        on.run(_POISON)
        worker = on.start()
        on.happen()
        on.wait_for(lambda: on.count("state = 'sent'") == 20)
        while on.count("kind = 'digest' AND state = 'dead'") == 0:
            on.wait_for(lambda: on.count("kind = 'digest' AND state IN ('retry', 'dead')") == 1)
            on.hurry()

        assert on.query("SELECT attempts, last_error FROM incidents_delivery WHERE kind = 'digest'") == [
            (_ATTEMPTS, "rendering")
        ]
        assert worker.poll() is None


_POISON = """
from incidents.models import Subscription
from tests.notify.situations import waiting
row = Subscription.objects.first()
waiting(row, kind="digest", about={})
Subscription.objects.filter(pk=row.pk).update(digest_frequency="daily")
from tests.notify.situations import mailbox
mailbox("bob@example.com")
"""
