"""A hard end to waiting for PostgreSQL.

A server that is frozen or unreachable keeps no timeout of its own: a query on an open connection then hangs for
minutes, whatever `statement_timeout` says.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
from typing import Any

from django.db import OperationalError, connection, connections
from django.http import HttpRequest, HttpResponse
from psycopg.pq import TransactionStatus

TICK = 0.25  # seconds; how exact a deadline is
PER_REQUEST = 3.0  # seconds
SLOW = 1.0  # seconds after which a failure has kept a thread from serving others
LEFT_ALONE = 5.0  # seconds after a slow failure in which
PROBES = 2  # requests at a time try the database, and
PER_PROBE = 1.0  # seconds are what each of them waits


@contextmanager
def database_deadline(seconds: float) -> Iterator[None]:
    """Breaks this thread's connection when the block has waited longer for answers: then it raises OperationalError."""
    if connection.vendor != "postgresql":
        yield  # a file has no server that could freeze
        return
    watched = _watchdog.watch(connections["default"], seconds)
    try:
        yield
    finally:
        _watchdog.forget(watched)


def allow(seconds: float) -> None:
    """Lets this request wait longer, for work that takes long by its nature and that somebody watches."""
    _watchdog.extend(connections["default"], seconds)


class DatabaseDeadlineMiddleware:
    """A request that the database keeps waiting fails, in good time for its sender and for the thread that serves it.

    When one has, the next ones fail at once, but for a few that try, until one of these has been answered: threads
    that wait for a frozen database serve nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._lock = threading.Lock()
        self._at_work = 0
        self._failed_at = -inf

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if connection.vendor != "postgresql":
            return self.get_response(request)
        began = time.monotonic()
        is_probe = began - self._failed_at < LEFT_ALONE
        with self._one_more(PROBES if is_probe else inf), database_deadline(PER_PROBE if is_probe else PER_REQUEST):
            response = self.get_response(request)
        if _is_away(response) and time.monotonic() - began > SLOW:
            self._failed_at = time.monotonic()
        elif is_probe and _has_answered():
            self._failed_at = -inf
        return response

    @contextmanager
    def _one_more(self, most: float) -> Iterator[None]:
        with self._lock:
            if self._at_work >= most:
                raise OperationalError("The database has just kept others waiting.")
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1


def _has_answered() -> bool:
    """Whether this request has used the database, and not lost it."""
    used = connection.connection
    return used is not None and not used.closed


def _is_away(response: HttpResponse) -> bool:
    """Of all failures of the server, only this one says when to try again."""
    return response.status_code >= 500 and response.has_header("Retry-After")


@dataclass
class _Watched:
    database: Any
    left: float  # seconds

    def look(self, elapsed: float) -> None:
        """Time counts while a command is under way, not while the thread computes or waits for the processor."""
        with suppress(Exception):  # its owner may be connecting, or closing
            wire = self.database.connection
            if wire.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.left -= elapsed
            if self.left < 0:  # again each time, because it may have connected anew
                _break_off(wire.fileno())


class _Watchdog:
    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        """A fork takes no other thread along, but locks as they were."""
        self._lock = threading.Lock()
        self._watched: dict[int, _Watched] = {}
        self._last = 0
        self._thread: threading.Thread | None = None

    def watch(self, database: Any, seconds: float) -> int:
        with self._lock:
            self._last += 1
            self._watched[self._last] = _Watched(database, seconds)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="database-deadline", daemon=True)
                self._thread.start()
            return self._last

    def extend(self, database: Any, seconds: float) -> None:
        with self._lock:
            for watched in self._watched.values():
                if watched.database is database:
                    watched.left += seconds

    def forget(self, watched: int) -> None:
        """Afterwards the connection may serve another, and is safe from us."""
        with self._lock:
            self._watched.pop(watched, None)

    def _run(self) -> None:
        looked_at = time.monotonic()
        while True:
            time.sleep(TICK)
            now = time.monotonic()
            with self._lock:
                for watched in self._watched.values():
                    watched.look(now - looked_at)
            looked_at = now


def _break_off(number: int) -> None:
    """Its owner is told by the socket's end."""
    with socket.socket(fileno=os.dup(number)) as wire:
        wire.shutdown(socket.SHUT_RDWR)


_watchdog = _Watchdog()
