"""The one method that runs a write under a key, apart from HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Event as Signal

import psycopg.errors
import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from incidents.errors import Busy, IdempotencyInProgress
from incidents.models import IdempotencyRecord, ServiceGroup
from incidents.models.idempotency import Outcome, Refused

pytestmark = pytest.mark.django_db(transaction=True)

DONE = Outcome(201, {"Content-Type": "application/json"}, b"done")


def once(write: Callable[[], Outcome], key: str = "K") -> Outcome:
    return IdempotencyRecord.once("local:1", key, b"request", write)


def done() -> Outcome:
    return DONE


def add_group() -> None:
    ServiceGroup.objects.create(slug="g", name="G")


class Deadlocked:
    """Writes, and then is in a deadlock so often."""

    def __init__(self, times: int) -> None:
        self.left, self.runs = times, 0

    def __call__(self) -> Outcome:
        add_group()
        self.runs += 1
        if self.runs <= self.left:
            raise OperationalError("deadlock detected") from psycopg.errors.DeadlockDetected()
        return DONE


def test_a_deadlock_is_tried_once_more_as_a_whole() -> None:
    write = Deadlocked(times=1)
    assert once(write) == DONE
    assert (write.runs, ServiceGroup.objects.count(), IdempotencyRecord.objects.count()) == (2, 1, 1)


def test_a_second_deadlock_frees_the_key() -> None:
    with pytest.raises(Busy) as caught:
        once(Deadlocked(times=2))
    assert not isinstance(caught.value, IdempotencyInProgress)
    assert not ServiceGroup.objects.exists()
    assert not once(done).replayed


def test_a_refusal_is_kept_and_what_it_wrote_is_not() -> None:
    def refuse() -> Outcome:
        add_group()
        raise Refused(Outcome(409, {}, b"no"))

    assert once(refuse).body == b"no"
    assert once(done) == Outcome(409, {}, b"no", replayed=True)
    assert not ServiceGroup.objects.exists()


def test_who_waits_for_what_is_then_refused_gets_the_same_answer() -> None:
    begun, finish = Signal(), Signal()

    def refuse() -> Outcome:
        begun.set()
        finish.wait(10)
        raise Refused(Outcome(409, {}, b"no"))

    with ThreadPoolExecutor(2) as pool:
        refused = pool.submit(closing_after, lambda: once(refuse))
        assert begun.wait(10)
        waiting = pool.submit(closing_after, lambda: once(done))
        wait([waiting], timeout=0.3)  # until it is in the way of the first
        finish.set()
        outcomes = [refused.result(), waiting.result()]
    assert len({outcome.body for outcome in outcomes}) == 1
    assert sorted(outcome.replayed for outcome in outcomes) == [False, True]


def test_a_body_of_any_bytes_comes_back_as_it_was() -> None:
    body = bytes(range(256)) + b"\n{}\n"
    once(lambda: Outcome(200, {"ETag": '"ü"'}, body))
    assert once(done) == Outcome(200, {"ETag": '"ü"'}, body, replayed=True)


def test_a_purge_leaves_a_key_that_is_being_taken_over() -> None:
    once(done)
    IdempotencyRecord.objects.update(created_at=Now() - timedelta(hours=25))
    begun, finish = Signal(), Signal()

    def slowly() -> Outcome:
        begun.set()
        finish.wait(10)
        return Outcome(200, {}, b"new")

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(closing_after, lambda: once(slowly))
        assert begun.wait(10)
        purging = pool.submit(closing_after, IdempotencyRecord.purge)
        wait([purging], timeout=0.5)  # it is in the way of the write now, and must wait
        finish.set()
        assert writing.result() == Outcome(200, {}, b"new")
        assert purging.result() == 0
    assert once(done) == Outcome(200, {}, b"new", replayed=True)


def closing_after[R](work: Callable[[], R]) -> R:
    try:
        return work()
    finally:
        connection.close()
