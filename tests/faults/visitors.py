"""People who look at the page all the while, and remember what they saw."""

import http.client
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles

from tests.server import Server

PAUSE = 0.01  # seconds between two looks of one visitor
PATIENCE = 10.0  # seconds; nobody waits longer


@dataclass(frozen=True)
class Look:
    path: str
    status: int  # 0: no answer at all
    at: float
    took: float
    process: str
    age: str | None
    body: bytes


@dataclass
class Seen:
    looks: list[Look] = field(default_factory=list)

    @property
    def failures(self) -> set[tuple[str, int]]:
        return {(look.path, look.status) for look in self.looks if look.status != 200}

    @property
    def paths(self) -> set[str]:
        return {look.path for look in self.looks}

    @property
    def p95(self) -> float:
        return quantiles((look.took for look in self.looks), n=20)[-1]

    def since(self, moment: float) -> "Seen":
        return Seen([look for look in self.looks if look.at >= moment])


@contextmanager
def visiting(server: Server, paths: Iterable[str], count: int = 4) -> Iterator[Seen]:
    seen, is_over = Seen(), threading.Event()
    threads = [threading.Thread(target=_visit, args=(server, list(paths), n, seen, is_over)) for n in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def look(server: Server, path: str) -> Look:
    """On a connection of its own, so that any process may answer."""
    connection = _connect(server)
    try:
        return _look(connection, path)
    finally:
        connection.close()


def _visit(server: Server, paths: list[str], start: int, seen: Seen, is_over: threading.Event) -> None:
    """Changes the connection after each round, so that every process has something to answer."""
    while not is_over.is_set():
        connection = _connect(server)
        for n in range(len(paths)):
            seen.looks.append(_look(connection, paths[(n + start) % len(paths)]))
            if is_over.wait(PAUSE):
                break
        connection.close()


def _look(connection: http.client.HTTPConnection, path: str) -> Look:
    at = time.monotonic()
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return Look(path, 0, at, time.monotonic() - at, "", None, b"")
    process, age = answer.headers.get("X-Process", ""), answer.headers.get("X-Snapshot-Age")
    return Look(path, answer.status, at, time.monotonic() - at, process, age, body)


def _connect(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=PATIENCE)
