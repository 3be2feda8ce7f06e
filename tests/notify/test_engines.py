"""Everybody is told once, whatever happens to those who do it: by workers as they really run.

Each test is for `manage.py worker` on both databases, and for Celery on PostgreSQL. The killing of a thousand messages'
workers is done once, and `make cluster` does it five times (DELIVERY_ROUNDS); --log-cli-level=INFO tells how many had
two then. Once the leases of the killed are waited for as they are; else they are cut short.
"""

import logging
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from incidents.models.claiming import LEASE
from tests.engines import CELERY, EACH_ENGINE, EMBEDDED, SENDERS, Engine
from tests.server import Server, running
from tests.smtp import relaying

log = logging.getLogger(__name__)

ROUNDS = int(os.environ.get("DELIVERY_ROUNDS", "1"))
SENDS_WITHIN = 60.0  # seconds, in which workers begin and send what was left
BODY = {"title": "Broken", "severity": "minor", "status": "investigating", "message": "We look."}


@EACH_ENGINE
def test_workers_that_are_killed_leave_nobody_out_and_few_with_two(start: Callable[..., Engine], kind: str) -> None:
    with relaying() as relay:
        on = start(relay, kind, people=1000)
        for _ in range(ROUNDS):
            relay.received.clear()
            on.happen()
            on.start()
            enough = random.randint(1, 900)
            on.wait_for(lambda: len(relay.received) >= enough, seconds=120)  # noqa: B023  it is over by then
            on.kill()
            on.expire()
            on.start()
            on.wait_for(lambda: len(relay.recipients) == 1000 and on.is_done(), seconds=120)
            on.kill()
            log.info("%s, killed after %d: %d too many", kind, enough, len(relay.received) - 1000)
            assert len(relay.received) <= 1000 + SENDERS[kind]
            assert len(relay.ids()) == 1000  # who has two, has the same twice
            assert on.count("state <> 'sent'") == 0


@pytest.mark.postgres
def test_what_the_killed_had_is_sent_when_its_lease_is_over(start: Callable[..., Engine]) -> None:
    with relaying() as relay:
        on = start(relay, EMBEDDED, people=300)
        on.happen()
        on.start()
        on.wait_for(lambda: len(relay.received) >= 50 and on.count("state = 'leased'") > 0)
        on.kill()
        killed_at = time.monotonic()
        left = on.count("finished_at IS NULL")
        on.start()
        on.wait_for(on.is_done, seconds=LEASE.total_seconds() + SENDS_WITHIN)
        log.info("%d that were left went out within %d s", left, time.monotonic() - killed_at)

        assert len(relay.recipients) == 300
        assert len(relay.received) <= 300 + SENDERS[EMBEDDED]
        assert len(relay.ids()) == 300
        assert on.count("last_error = 'lost' OR attempts > 1") > 0  # no lease ended but by itself


@contextmanager
def web(on: Engine, directory: Path, **more: Any) -> Iterator[Server]:
    """Where things are posted, beside the workers."""
    names = ("DATABASE_URL", "NOTIFICATION_HOLD", "SECRET_KEY", "CELERY_BROKER_URL")
    variables: dict[str, Any] = {name: on.environment[name] for name in names if name in on.environment}
    with running(directory, **variables, **more) as server:
        yield server


@EACH_ENGINE
def test_a_web_process_that_is_killed_after_its_answer_has_told_everybody(
    tmp_path: Path, start: Callable[..., Engine], kind: str
) -> None:
    with relaying() as relay:
        on = start(relay, kind)
        on.start()
        with web(on, tmp_path) as server, server.ops() as client:
            (child,) = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
            answer = client.post("/api/v1/status/incidents", json=BODY, headers={"Idempotency-Key": "one"})
            os.kill(int(child), signal.SIGKILL)
            assert answer.status_code == 201, answer.text
            on.wait_for(lambda: len(relay.received) == 1)


@EACH_ENGINE
def test_what_a_web_process_had_written_and_not_committed_is_told_to_nobody(
    tmp_path: Path, start: Callable[..., Engine], kind: str
) -> None:
    stalled = tmp_path / "stalled"
    with relaying() as relay:
        on = start(relay, kind)
        on.start()
        with web(on, tmp_path, app="tests.stalling", STALLED=str(stalled)) as server, server.ops() as client:
            posting = threading.Thread(target=_post_in_vain, args=(client,))
            posting.start()
            on.wait_for(stalled.exists)  # the event is there, for those within the transaction
            os.kill(int(stalled.read_text()), signal.SIGKILL)
            posting.join(30)
        on.happen("Another")
        on.wait_for(lambda: len(relay.received) == 1)
        assert "Another" in str(relay.received[0].message["Subject"])
        assert on.count() == 1


def _post_in_vain(client: httpx.Client) -> None:
    with suppress(httpx.TransportError):
        client.post("/api/v1/status/incidents", json=BODY, headers={"Idempotency-Key": "one", "X-Stall": "inside"})


@EACH_ENGINE
def test_without_being_told_the_workers_find_out_within_fifteen_seconds(
    start: Callable[..., Engine], kind: str
) -> None:
    with relaying() as relay:
        on = start(relay, kind)
        on.start()
        on.wait_for(lambda: "has started" in on.log or "ready" in on.log)
        on.environment.pop("CELERY_BROKER_URL", None)  # so that nobody is told
        on.happen()
        on.wait_for(lambda: len(relay.received) == 1, seconds=15)


@pytest.mark.postgres
@pytest.mark.redis
def test_who_posts_has_celery_told(start: Callable[..., Engine]) -> None:
    """Nobody sweeps here."""
    with relaying() as relay:
        on = start(relay, CELERY)
        on.start(sweeps=False)
        on.wait_for(lambda: "ready" in on.log)
        on.happen(and_then="import time; time.sleep(2)")  # until it has gone out
        on.wait_for(lambda: len(relay.received) == 1)


@EACH_ENGINE
def test_two_workers_send_five_thousand_messages_once(start: Callable[..., Engine], kind: str) -> None:
    with relaying() as relay:
        on = start(relay, kind, people=5000)
        on.happen()
        on.start()
        on.start()
        on.wait_for(lambda: on.count() == 5000 and on.is_done(), seconds=300)

        assert set(relay.recipients.values()) == {1}
        assert len(relay.recipients) == 5000
        assert on.count("state <> 'sent' OR attempts <> 1") == 0


@EACH_ENGINE
def test_a_fan_out_that_is_killed_half_way_is_taken_up_again(start: Callable[..., Engine], kind: str) -> None:
    with relaying(BANNER="421 not now") as relay:
        on = start(relay, kind, people=5000)
        on.happen()
        while not 0 < on.count() < 5000:  # once more, where the kill came too late
            on.execute("DELETE FROM incidents_delivery")
            on.execute("UPDATE incidents_event SET fanned_out_at = NULL, fanned_out_to = ''")
            on.start()
            on.wait_for(lambda: on.count() > 0, every=0.005)
            on.kill()
        on.start()
        on.wait_for(lambda: on.query("SELECT count(*) FROM incidents_event WHERE fanned_out_at IS NOT NULL") == [(1,)])

        assert on.count() == 5000
        assert on.query("SELECT count(DISTINCT subscription_id) FROM incidents_delivery") == [(5000,)]


@EACH_ENGINE
def test_of_two_workers_one_starts_the_maintenance_that_is_due_and_tells_of_it(
    start: Callable[..., Engine], kind: str
) -> None:
    with relaying() as relay:
        on = start(relay, kind)
        on.run(_WINDOW)
        on.start()
        on.start()
        on.wait_for(lambda: on.count("state = 'sent'") == 1)
        on.happen("Another")
        on.wait_for(lambda: on.count("state = 'sent'") == 2)

        first, second = (str(mail.message["Subject"]) for mail in relay.received)
        assert ("in progress" in first, "Another" in second) == (True, True)


_WINDOW = """
from datetime import timedelta
from incidents.models import Actor, MaintenanceWindow
from incidents.models.clock import database_now
minute, now = timedelta(minutes=1), database_now()
MaintenanceWindow.schedule(by=Actor("ops", "test"), title="Upgrade", notify=False, now=now - 60 * minute,
    scheduled_start_at=now - minute, scheduled_end_at=now + 60 * minute)
"""
