"""Nobody waits for a frozen database; nobody is interrupted who does not wait for it."""

import socket
import time
from collections.abc import Iterator
from contextlib import nullcontext
from math import inf
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse

from statussite import deadline
from statussite.deadline import DatabaseDeadlineMiddleware, database_deadline
from statussite.pool import is_not_closed


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def ask(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def ask_each(sql: str, times: int) -> None:
    for _ in range(times):
        ask(sql)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_wait_beyond_the_deadline_ends_and_the_next_query_works() -> None:
    with pytest.raises(OperationalError), database_deadline(0.3):
        ask("SELECT pg_sleep(2)")
    connection.close()
    assert ask("SELECT 1") == (1,)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_several_short_waits_count_together() -> None:
    with pytest.raises(OperationalError), database_deadline(0.5):
        ask_each("SELECT pg_sleep(0.4)", times=100)
    connection.close()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_time_that_does_not_pass_in_the_database_does_not_count() -> None:
    with database_deadline(0.1):
        ask("SELECT 1")
        time.sleep(4 * deadline.TICK)
        assert ask("SELECT 1") == (1,)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_after_the_block_there_is_no_deadline() -> None:
    with database_deadline(0.1):
        pass
    assert ask("SELECT pg_sleep(1)") == ("",)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """One whose every failure is slow."""
    one = SimpleNamespace(vendor="postgresql", connection=None)
    monkeypatch.setattr(deadline, "connection", one)
    monkeypatch.setattr(deadline, "database_deadline", lambda _: nullcontext())
    monkeypatch.setattr(deadline, "SLOW", -1)
    return one


def test_where_one_has_waited_in_vain_few_may_try(database: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = 0

    def fail(request: HttpRequest) -> HttpResponse:
        nonlocal inside
        inside += 1
        if 1 < inside <= deadline.PROBES + 1:  # the first has failed; now one inside another
            middleware(request)
        return HttpResponse(status=500, headers={"Retry-After": "5"})

    middleware = DatabaseDeadlineMiddleware(fail)
    middleware(HttpRequest())
    with pytest.raises(OperationalError):
        middleware(HttpRequest())
    assert inside == 1 + deadline.PROBES
    monkeypatch.setattr(deadline, "LEFT_ALONE", -1)
    assert middleware(HttpRequest()).status_code == 500


@pytest.mark.parametrize(("used", "has_answered"), [(None, False), (True, False), (False, True)])
def test_everybody_may_try_again_once_the_database_has_answered_one(
    database: SimpleNamespace, used: bool | None, has_answered: bool
) -> None:
    """`used`: whether the connection that the request used was closed; None if it used none."""
    answers = [HttpResponse(status=500, headers={"Retry-After": "5"}), HttpResponse()]
    middleware = DatabaseDeadlineMiddleware(lambda _: answers.pop(0))
    middleware(HttpRequest())
    database.connection = None if used is None else SimpleNamespace(closed=used)
    middleware(HttpRequest())
    assert (middleware._failed_at == -inf) is has_answered


def test_an_idle_connection_is_lent(pair: tuple[socket.socket, socket.socket]) -> None:
    is_not_closed(pair[0])


def test_a_connection_that_the_server_has_closed_is_not(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].close()
    with pytest.raises(ConnectionError):
        is_not_closed(pair[0])
    assert pair[0].fileno() == -1


def test_a_connection_on_which_the_server_has_said_farewell_is_not(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].sendall(b"terminating connection")
    with pytest.raises(ConnectionError):
        is_not_closed(pair[0])
