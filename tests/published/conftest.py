"""The published site in one process, stepped by hand: no thread, no waiting."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from incidents.published import follower, publisher, rendering
from incidents.published.entry import Entry, variants
from incidents.published.publisher import Publisher
from incidents.published.serving import is_allowed_host, messages
from incidents.published.store import Store
from incidents.published.variation import varied
from incidents.published.wsgi import PublishedPages

DJANGO = "299 From Django"


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        return dict(self.headers).get(name)


@dataclass
class Site:
    store: Store
    publisher: Publisher
    pages: Callable[..., Iterable[bytes]]
    rendered: list[str] = field(default_factory=list)

    def get(self, path: str, method: str = "GET", **environ: str) -> Answer:
        given: dict[str, Any] = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path}
        given |= {"HTTP_HOST": "127.0.0.1", **environ}
        setup_testing_defaults(given)
        given["QUERY_STRING"] = given.get("QUERY_STRING", "")
        heard: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], None]:
            heard.extend((status, headers))
            return lambda _: None

        answer = self.pages(given, start_response)
        body = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        return Answer(int(heard[0].split()[0]), heard[1], body)

    def step(self) -> list[str]:
        """What it rendered."""
        self.rendered.clear()
        self.publisher.step()
        return list(self.rendered)

    def restart(self) -> None:
        """A new process, with what the disk holds."""
        made = assembled(Store(self.store._file, "ours"))
        assert made.store.load()
        self.store, self.publisher, self.pages = made.store, made.publisher, made.pages

    def ask(self, path: str) -> Answer:
        """As a visitor who waits."""
        self.get(path)
        self.step()
        return self.get(path)


def page(body: bytes = b"page", *, age: float = 0, revision: int = 1, **bodies: bytes) -> Entry:
    headers = [("Content-Type", "text/html"), ("Cache-Control", "public")]
    return Entry("200 OK", variants(headers, {"": body, **bodies}, "digest"), time.time() - age, revision)


def from_django(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response(DJANGO, [("Content-Type", "text/plain")])
    return [b""]


def assembled(store: Store) -> Site:
    one = Publisher(store, messages())
    return Site(store, one, validator(PublishedPages(validator(from_django), store, one, is_allowed_host, varied)))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "published" / "pages", "ours")


@pytest.fixture
def site(db: None, store: Store, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Not stepped yet. Looks at every step; a request does not wait."""
    monkeypatch.setattr(follower, "LOOK_EVERY", 0)
    for wait in ("FOR_A_NEW_PAGE", "FOR_A_NEWER_PAGE"):
        monkeypatch.setattr(publisher, wait, 0)
    monkeypatch.setattr(publisher, "EASE", 0)
    monkeypatch.setattr(Publisher, "_is_stuck", False)
    # Closing the test's own connection would take its data along.
    monkeypatch.setattr(publisher, "connections", SimpleNamespace(close_all=lambda: None))
    made = assembled(store)
    render = rendering.render

    def counted(path: str, revision: int) -> Entry | None:
        made.rendered.append(path)
        return render(path, revision)

    monkeypatch.setattr(rendering, "render", counted)
    return made
