"""Who write and read all the while, and remember how it went."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx

from tests.server import Server

INCIDENTS = "/api/v1/status/incidents"
PATIENCE = 60.0  # seconds for which a writer tries one write again


@dataclass
class Writer:
    """Tells one story, a word after the other. Each is sent under one key until it is taken."""

    client: httpx.Client
    name: str
    incident: str = ""
    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def begin(self) -> None:
        given = {"title": f"Story of {self.name}", "severity": "minor", "status": "investigating", "force": True}
        self.incident = self._send(INCIDENTS, given).json()["data"]["id"]

    def write(self, words: str) -> None:
        self._send(f"{INCIDENTS}/{self.incident}/updates", {"status": "investigating", "message": words})
        self.taken.append(words)

    def _send(self, path: str, given: dict[str, object]) -> httpx.Response:
        key, deadline = {"X-Idempotency-Key": str(uuid.uuid4())}, time.monotonic() + PATIENCE
        while True:
            with suppress(httpx.TransportError):
                answer = self.client.post(path, json=given, headers=key)
                if answer.status_code == 201:
                    return answer
                if not _is_passing(answer):
                    self.refused.append(f"{answer.status_code} {answer.text[:300]}")
                    raise AssertionError(self.refused[-1])
            assert time.monotonic() < deadline, f"{self.name} gave up"
            time.sleep(0.2)


def _is_passing(answer: httpx.Response) -> bool:
    """What a good client sends again: it is told when, or hears from the proxy only."""
    return "Retry-After" in answer.headers or answer.status_code in (502, 503, 504)


@contextmanager
def at_work(*people: Callable[[threading.Event], None]) -> Iterator[None]:
    """Each until it is over."""
    over = threading.Event()
    threads = [threading.Thread(target=one, args=(over,)) for one in people]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def writing(writer: Writer, failures: list[str]) -> Callable[[threading.Event], None]:
    def write(over: threading.Event) -> None:
        count = 0
        while not over.is_set():
            count += 1
            try:
                writer.write(f"Word {count} of {writer.name}.")
            except AssertionError as error:
                failures.append(str(error))
                return

    return write


def reading(
    front: Server, paths: list[str], failures: list[str], looks: list[int]
) -> Callable[[threading.Event], None]:
    def read(over: threading.Event) -> None:
        with front.client() as client:
            while not over.wait(0.05):
                for path in paths:
                    try:
                        status = client.get(path).status_code
                    except httpx.HTTPError as error:
                        status, path = 0, f"{path} {error!r}"  # noqa: PLW2901
                    looks.append(1)
                    if status != 200:
                        failures.append(f"{status} {path}")

    return read
