"""Asking servers of somebody else's: however they hang, who asks waits so long and no longer, and nothing is left."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from incidents.api import outside
from tests.api.issuing import KeyServer, send, serving

LONG = 20  # seconds for which a server goes on, unless it is cut off


@pytest.fixture
def theirs(socket_enabled: None) -> Iterator[KeyServer]:
    with serving() as server:
        yield server


def drips(handler: BaseHTTPRequestHandler, before: bytes) -> None:
    """Byte by byte, each sooner than any timeout of one read."""
    handler.wfile.write(before)
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.02)


DRIPPING = {
    "a status line": b"",
    "headers": b"HTTP/1.1 200 OK\r\n",
    "a header": b"HTTP/1.1 200 OK\r\nServer: ",
    "a body": b"HTTP/1.1 200 OK\r\n\r\n",
    "a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n",
}


@pytest.mark.parametrize("what", DRIPPING)
def test_the_deadline_is_one_for_all_that_may_drip(theirs: KeyServer, what: str) -> None:
    cut_off = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        try:
            drips(handler, DRIPPING[what])
        except OSError:
            cut_off.set()

    theirs.answer = answer
    with pytest.raises(TimeoutError):
        outside.get(theirs.url, seconds=0.3, largest=1_000_000)
    assert cut_off.wait(LONG / 2)


def test_who_connects_after_the_deadline_is_cut_off_too(theirs: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    found, late = threading.Event(), outside._Call._note_connection

    def dawdles(call: outside._Call, event: str, facts: dict[str, object]) -> None:
        if event.endswith("connect_tcp.started"):
            found.wait(LONG)
        late(call, event, facts)

    monkeypatch.setattr(outside._Call, "_note_connection", dawdles)
    with pytest.raises(TimeoutError):
        outside.get(theirs.url, seconds=0.05, largest=10)
    found.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == "outside"]:
        thread.join(LONG)
    assert theirs.requests == []


def test_an_answer_is_taken_up_to_its_bound(theirs: KeyServer) -> None:
    theirs.answer = lambda handler: send(handler, b"12345")
    assert outside.get(theirs.url, seconds=LONG, largest=5) == b"12345"
    with pytest.raises(ValueError, match="too much"):
        outside.get(theirs.url, seconds=LONG, largest=4)


@pytest.mark.parametrize("status", [204, 302, 404, 500])
def test_nothing_but_a_200_will_do(theirs: KeyServer, status: int) -> None:
    theirs.answer = lambda handler: send(handler, b"", status, Location="/elsewhere")
    with pytest.raises(ValueError, match=str(status)):
        outside.get(theirs.url, seconds=LONG, largest=5)
    assert theirs.requests == ["/keys.json"]


def test_the_environment_names_no_proxy(theirs: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    theirs.answer = lambda handler: send(handler, b"{}")
    assert outside.get(theirs.url, {"a": "b c"}, seconds=LONG, largest=5) == b"{}"
    assert theirs.requests == ["/keys.json?a=b+c"]
