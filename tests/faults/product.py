"""The product under faults: two processes, with a story and a plan on every public page."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from incidents.published.store import Store
from tests import server
from tests.faults.visitors import look

INCIDENTS = "/api/v1/status/incidents"
SERVICES = "/status/v1/_admin/services"
WSGI = "tests.faults.wsgi"
RECOVERY = 15.0  # seconds
WRITE_FAILS_WITHIN = 5.0  # seconds


@dataclass
class Product:
    server: server.Server
    directory: Path
    token: str
    incident: str

    @property
    def paths(self) -> list[str]:
        """One of each public route; the month and the old incident are made when somebody asks."""
        return [
            "/", "/history/", "/history/2026/01/", "/history.rss", "/favicon.svg", "/robots.txt",
            "/errors/conflict/", "/services/api/", f"/incidents/{self.incident}/",
            "/api/v2/summary.json", f"/api/v2/incidents/{self.incident}.json",
        ]  # fmt: skip

    def write(self, title: str = "Another", **fields: Any) -> httpx.Response:
        given = {"title": title, "severity": "minor", "status": "investigating", "force": True, **fields}
        with self.client() as client:
            return client.post(INCIDENTS, json=given)

    def edit(self, title: str) -> None:
        with self.client() as client:
            answer = client.patch(f"{INCIDENTS}/{self.incident}", json={"title": title})
        assert answer.status_code == 200, answer.text

    def client(self) -> httpx.Client:
        return self.server.client(Authorization=f"Bearer {self.token}")

    @property
    def rendered(self) -> Counter[tuple[str, str]]:
        """(process, path) → how often."""
        lines = (self.directory / "rendered").read_text().splitlines()
        return Counter((process, path) for process, path in (line.split() for line in lines))

    def everywhere(self, is_so: Callable[[Any], bool], path: str = "/", within: float = RECOVERY) -> float:
        """Waits until both processes say so; how long that took, in seconds."""
        began = time.monotonic()
        agreed: set[str] = set()
        while len(agreed) < 2:
            seen = look(self.server, path)
            (agreed.add if is_so(seen) else agreed.discard)(seen.process)
            assert time.monotonic() - began < within, f"{path} is not so everywhere after {within} seconds"
        return time.monotonic() - began

    def is_fresh(self) -> float:
        return self.everywhere(lambda seen: seen.status == 200 and seen.age is None)


@contextmanager
def product(
    directory: Path, *, options: tuple[str, ...] = (), variables: dict[str, str] | None = None
) -> Iterator[Product]:
    rendered = directory / "rendered"
    rendered.touch()
    told: dict[str, Any] = {**(variables or {}), "RENDERED": str(rendered)}
    with server.running(directory, workers=2, app=WSGI, options=options, **told) as running:
        token = running.token()
        one = Product(running, directory, token, "")
        with one.client() as client:
            added = client.post(SERVICES, json={"slug": "api", "name": "API"}, headers={"X-Idempotency-Key": "api"})
            assert added.status_code == 201, added.text
        created = one.write("Slow answers", affected_services=["api"])
        assert created.status_code == 201, created.text
        one.incident = created.json()["data"]["id"]
        for path in one.paths:
            one.everywhere(lambda seen: seen.status == 200, path)
        one.everywhere(lambda seen: b"Slow answers" in seen.body)
        yield one


def fails_cleanly(answer: Callable[[], httpx.Response], statuses: tuple[int, ...] = (500, 503)) -> httpx.Response:
    """In good time, in the form of errors, and saying when to try again."""
    got = answers_in_time(answer)
    assert got.status_code in statuses, got.text
    assert int(got.headers["Retry-After"]) > 0
    assert got.headers["Cache-Control"] == "no-store"
    return got


def until_accepted(answer: Callable[[], httpx.Response]) -> httpx.Response:
    """Tries again after each clean failure, as a good client does."""
    while (got := answers_in_time(answer)).status_code != 201:
        fails_cleanly(lambda: got)
        time.sleep(0.1)
    return got


def answers_in_time(answer: Callable[[], httpx.Response]) -> httpx.Response:
    began = time.monotonic()
    got = answer()
    assert time.monotonic() - began < WRITE_FAILS_WITHIN
    return got


def home_on_disk(site: Product) -> bytes:
    """What a start without a database would show; empty where it would have nothing."""
    file = site.directory / "published" / "pages"
    if not file.exists():
        return b""
    store = Store(file, json.loads(file.read_bytes().partition(b"\n")[0])["site"])
    return store.entries["/"].variants[""].body if store.load() else b""
