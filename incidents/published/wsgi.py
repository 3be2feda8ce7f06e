"""Answers public GETs and HEADs from the store, before Django; everything else falls through. Standard library only."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from incidents.published.entry import Entry, Headers
from incidents.published.store import Store

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

SOON_STALE = 5.0  # seconds without word from the database after which an answer says how old it is
TOO_OLD = 120.0  # seconds after which it says so in any case
_SAFE = ("GET", "HEAD")
ANSWER = "published.answer"  # where the environ says, for who counts, that an answer came from here: fresh, stale, none
OK = "200 OK"


class Publisher(Protocol):
    def is_public(self, path: str) -> bool:
        """Whether this path can be a page at all; asks nobody."""

    def fetch(self, path: str) -> Entry:
        """The answer for a public path that is not held, or is held but not current."""

    def hint(self) -> None:
        """Something may have changed just now."""


type Variation = Callable[[str, str, Entry], Entry]


class PublishedPages:
    """`vary`: the form of a page that a query asks for, made of its path, the query and the page alone."""

    def __init__(
        self,
        application: "WSGIApplication",
        store: Store,
        publisher: Publisher,
        allows_host: Callable[[str], bool],
        vary: Variation,
    ) -> None:
        self._application, self._store, self._publisher = application, store, publisher
        self._allows_host, self._vary = allows_host, vary

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in _SAFE:
            return self._write(environ, start_response)
        entry = self._find(environ)
        if entry is None:
            return self._application(environ, start_response)
        if (query := environ.get("QUERY_STRING")) and entry.status == OK:
            entry = self._vary(environ["PATH_INFO"], query, entry)
        return self._answer(entry, environ, start_response)

    def _write(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Who writes here sees it here at once; other processes find it at their next look."""
        answer = self._application(environ, start_response)
        self._publisher.hint()
        return answer

    def _find(self, environ: dict[str, Any]) -> Entry | None:
        path = environ["PATH_INFO"] or "/"
        entry = self._store.entries.get(path)
        if entry is None and not self._publisher.is_public(path):
            return None
        if not self._allows_host(environ.get("HTTP_HOST") or environ["SERVER_NAME"]):
            return None
        if entry is not None and self._store.is_current(entry):
            return entry
        return self._publisher.fetch(path)

    def _answer(self, entry: Entry, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        is_page = entry.status == OK
        age = self._headers_of_age(entry) if is_page else []
        environ[ANSWER] = ("stale" if age else "fresh") if is_page else "none"
        known = environ.get("HTTP_IF_NONE_MATCH")
        held = entry.known_as(known) if known and is_page else None
        if held:
            start_response("304 Not Modified", held.headers_of_304 + age)
            return ()
        variant = entry.variant_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
        start_response(entry.status, variant.headers + age)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (variant.body,)

    def _headers_of_age(self, entry: Entry) -> Headers:
        """None while the database vouches for what is held; else the true age of the page."""
        if self._store.unconfirmed_for < SOON_STALE and entry.age < TOO_OLD:
            return []
        age = str(max(0, int(entry.age)))
        return [("Age", age), ("X-Snapshot-Age", age)]
