"""How a write reaches the database: whole or not at all, and never waiting for long. How a read sees one instant."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Any, NoReturn

from django.db import IntegrityError, OperationalError, transaction

from incidents.errors import Busy

_WORTH_ONE_RETRY = ("40P01", "40001")  # deadlock detected, serialization failure
_CONTENTION = (*_WORTH_ONE_RETRY, "55P03", "23505", "23503")  # lock not available, unique and foreign key violation
_CONTENTION_IN_SQLITE = ("database is locked", "UNIQUE constraint failed", "FOREIGN KEY constraint failed")
_turn_in_sqlite = Lock()
_BEGIN_READING = {
    "sqlite": "BEGIN DEFERRED",  # unlike a write, it takes no lock that others wait for
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


def in_one_transaction[**P, R](method: Callable[P, R]) -> Callable[P, R]:
    """Runs a write in one transaction; what comes of another writer in the way is `Busy`: a lock that does not come
    in time, or a row that went away or came into being meanwhile.

    A deadlock or serialization failure is tried once more. The outermost write judges: inside a larger transaction
    the whole of it has to run again. A write that is part of another one stands and falls with it.
    """

    @functools.wraps(method)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        connection: Any = transaction.get_connection()
        if getattr(connection, "writes", False):
            with transaction.atomic(savepoint=False):
                return method(*args, **kwargs)
        connection.writes = True
        try:
            if connection.in_atomic_block:
                return _outermost(lambda: method(*args, **kwargs), judge=False)
            with _in_turn(connection):
                return _outermost(lambda: method(*args, **kwargs), judge=True)
        finally:
            connection.writes = False

    return run


@contextmanager
def as_if(is_meant: bool) -> Iterator[None]:
    """Takes back what was written in it unless it was meant: so it costs the same either way, and who waits for the
    answer cannot tell by the time it takes. For a part of a write."""
    point = transaction.savepoint_create()
    yield
    (transaction.savepoint_commit if is_meant else transaction.savepoint_rollback)(point)


def _outermost[R](write: Callable[[], R], *, judge: bool) -> R:
    for is_last in (False, True):
        try:
            with transaction.atomic():
                return write()
        except (OperationalError, IntegrityError) as error:
            if not judge:
                raise
            if is_last or sqlstate(error) not in _WORTH_ONE_RETRY:
                _refuse(error)
    raise AssertionError  # the second time it returned or raised


@contextmanager
def _in_turn(connection: Any) -> Iterator[None]:
    """Lets the threads of this process write to SQLite one after another. Who waits for its lock in there only looks
    again at growing intervals, so with many writers some would look in vain until their time is over.

    Other processes are waited for as ever, in what is left of the time. Raises Busy.
    """
    if connection.vendor != "sqlite":
        yield
        return
    patience, began = connection.settings_dict["OPTIONS"]["timeout"], monotonic()
    had_to_wait = not _turn_in_sqlite.acquire(blocking=False)
    if had_to_wait and not _turn_in_sqlite.acquire(timeout=patience):
        raise Busy
    try:
        if had_to_wait:
            connection.ensure_connection()
            _wait_in_there(connection, patience - (monotonic() - began))
        yield
    finally:
        _turn_in_sqlite.release()
        if had_to_wait:
            _wait_in_there(connection, patience)


def _wait_in_there(connection: Any, seconds: float) -> None:
    if connection.connection is not None:
        connection.connection.execute(f"PRAGMA busy_timeout = {max(0, round(seconds * 1000))}")


def in_one_snapshot[**P, R](read: Callable[P, R]) -> Callable[P, R]:
    """Runs a read so that all its queries see the same instant: no row of before beside one of after a change."""

    @functools.wraps(read)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with _snapshot():
            return read(*args, **kwargs)

    return run


@contextmanager
def _snapshot() -> Iterator[None]:
    connection = transaction.get_connection()
    if connection.in_atomic_block or getattr(connection, "reads_one_instant", False):
        yield  # what is around it decides
        return
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN_READING[connection.vendor])
    connection.reads_one_instant = True
    try:
        yield
    finally:
        connection.reads_one_instant = False
        try:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
        except Exception:
            connection.close()  # it broke; what went wrong first is what to tell
            raise


def _refuse(error: Exception) -> NoReturn:
    if is_contention(error):
        raise Busy from error
    raise error


def is_contention(error: Exception) -> bool:
    return sqlstate(error) in _CONTENTION or any(words in str(error) for words in _CONTENTION_IN_SQLITE)


def sqlstate(error: Exception) -> str | None:
    cause: Any = error.__cause__
    return getattr(cause, "sqlstate", None)
