from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from threading import Event as Signal
from typing import Any

import psycopg.errors
import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection
from django.db.transaction import TransactionManagementError

from incidents import page
from incidents.errors import Busy, Conflict
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, Service
from incidents.models.transaction import in_one_transaction

pytestmark = pytest.mark.django_db(transaction=True)


class Failing:
    """A write that fails so often before it succeeds."""

    def __init__(self, error: Exception, cause: Exception | None = None, times: int = 1) -> None:
        self.error, self.left, self.runs = error, times, 0
        error.__cause__ = cause

    def __call__(self) -> int:
        self.runs += 1
        if self.runs <= self.left:
            raise self.error
        return self.runs


def deadlock(times: int) -> Failing:
    return Failing(OperationalError("deadlock detected"), psycopg.errors.DeadlockDetected(), times)


def test_a_deadlock_is_tried_once_more() -> None:
    assert in_one_transaction(deadlock(times=1))() == 2


def test_a_second_deadlock_is_a_conflict() -> None:
    with pytest.raises(Busy):
        in_one_transaction(deadlock(times=2))()


def test_the_outermost_write_runs_again_as_a_whole() -> None:
    inner = deadlock(times=1)
    outer_runs = []

    def outer() -> int:
        outer_runs.append(1)
        return in_one_transaction(inner)()

    assert in_one_transaction(outer)() == 2
    assert len(outer_runs) == 2


def test_a_part_stands_and_falls_with_the_whole(service: Callable[..., Service]) -> None:
    def outer() -> None:
        in_one_transaction(lambda: service("api"))()
        with pytest.raises(Conflict):
            in_one_transaction(refuse)()
        Service.objects.count()  # nothing may follow in this transaction

    with pytest.raises(TransactionManagementError):
        in_one_transaction(outer)()
    assert not Service.objects.exists()
    in_one_transaction(lambda: service("api"))()
    assert Service.objects.exists()


def refuse() -> None:
    raise Conflict("No.")


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("database is locked"),
        IntegrityError("UNIQUE constraint failed: incidents_service.slug"),
        IntegrityError("FOREIGN KEY constraint failed"),
    ],
)
def test_another_writer_in_the_way_is_a_conflict_at_once(error: Exception) -> None:
    write = Failing(error)
    with pytest.raises(Busy):
        in_one_transaction(write)()
    assert write.runs == 1


@pytest.mark.parametrize("error", [OperationalError("disk I/O error"), IntegrityError("CHECK constraint failed: x")])
def test_what_is_broken_is_not_called_a_conflict(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        in_one_transaction(Failing(error))()


def test_a_page_never_shows_one_row_of_before_beside_one_of_after(
    api: Service, incident: Callable[..., Incident], ops: Actor
) -> None:
    opened = incident(levels={api: None})
    queries: list[str] = []

    def resolve_after_the_first(execute: Any, sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        queries.append(sql)
        if len(queries) == 2:  # BEGIN, and the open incidents
            with ThreadPoolExecutor(1) as other:
                other.submit(resolve_elsewhere, opened.pk, ops).result()
        return result

    now = datetime.fromisoformat("2099-01-01T00:00:00+00:00")
    with connection.execute_wrapper(resolve_after_the_first):
        shown = page.home(now)
    assert len(queries) > 2
    assert [i.updates[0].status for i in shown.incidents] == [shown.incidents[0].status]
    assert shown.overall.indicator == "minor"
    assert page.home(now).incidents == ()


def resolve_elsewhere(id: str, by: Actor) -> None:
    closing_after(lambda: Incident.objects.get(pk=id).post_update(by=by, status=IncidentStatus.RESOLVED))


in_sqlite = pytest.mark.skipif(not settings.IS_SQLITE, reason="Only there a write locks the whole database.")


@in_sqlite
def test_who_waits_too_long_for_another_thread_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    never = Failing(AssertionError())
    with ThreadPoolExecutor(1) as pool, pytest.raises(Busy):
        in_one_transaction(lambda: pool.submit(closing_after, in_one_transaction(never)).result())()
    assert never.runs == 0


@in_sqlite
def test_who_has_waited_for_another_thread_waits_less_for_another_process() -> None:
    begun = Signal()

    def patience() -> int:
        return int(connection.cursor().execute("PRAGMA busy_timeout").fetchone()[0])

    def write() -> list[int]:
        begun.set()
        return [in_one_transaction(patience)(), patience()]

    def while_it_waits(pool: ThreadPoolExecutor) -> Future[list[int]]:
        waiting = pool.submit(closing_after, write)
        assert begun.wait(10)
        wait([waiting], timeout=0.5)
        return waiting

    with ThreadPoolExecutor(1) as pool:
        within, afterwards = in_one_transaction(while_it_waits)(pool).result()
    assert within < afterwards == 1000 * connection.settings_dict["OPTIONS"]["timeout"]


def closing_after[R](work: Callable[[], R]) -> R:
    try:
        return work()
    finally:
        connection.close()
