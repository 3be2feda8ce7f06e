"""Posting to servers of others: however one behaves, it costs a bounded time, and we learn of it in one word."""

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from incidents.notify import outgoing
from incidents.notify.outgoing import post
from incidents.notify.transport import Failed, Sent, TransportError
from tests import receiver
from tests.notify.posting import HEADERS, HOST, failure
from tests.receiver import Answer, Receiver, answers, goes_on, receiving, says, says_nothing
from tests.resolving import Names


def test_the_bytes_arrive_as_they_are(theirs: Receiver) -> None:
    assert post(theirs.url(HOST), b'{"a": "\xc3\xa9"}', {**HEADERS, "webhook-id": "1"}) == Sent(204)

    (received,) = theirs.received
    assert (received.path, received.body) == ("/hook?key=1", b'{"a": "\xc3\xa9"}')
    assert received.headers["host"] == f"{HOST}:{theirs.port}"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-id"] == "1"
    assert received.headers["user-agent"] == "Statussite (+http://127.0.0.1:8000/)"
    assert "cookie" not in received.headers


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_success(theirs: Receiver, status: int) -> None:
    theirs.answer = answers(status)
    assert post(theirs.url(), b"{}", HEADERS) == Sent(status)


@pytest.mark.parametrize("status", [400, 401, 404, 500, 502, 503])
def test_nothing_else_is(theirs: Receiver, status: int) -> None:
    theirs.answer = answers(status)
    assert failure(theirs.url()) == TransportError(Failed.STATUS, status)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_followed_by_nobody(theirs: Receiver, status: int) -> None:
    with receiving() as other:
        theirs.answer = answers(status, Location=other.url())
        assert failure(theirs.url()) == TransportError(Failed.REDIRECT, status)
    assert (len(theirs.received), other.connections) == (1, 0)


def test_gone_is_gone_for_good(theirs: Receiver) -> None:
    theirs.answer = answers(410, Retry_After="60")
    assert failure(theirs.url()) == TransportError(Failed.STATUS, 410, permanent=True, gone=True)


def in_an_hour() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("3600", timedelta(hours=1)),
        (" 1 ", timedelta(seconds=1)),
        ("0", None),
        ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("1000000000", timedelta(hours=24)),
        ("9" * 5000, timedelta(hours=24)),
        ("Fri, 31 Dec 1999 23:59:59 GMT", None),
        ("Fri, 31 Dec 2099 23:59:59 GMT", timedelta(hours=24)),
        ("Fri, 99 Dec 2099 23:59:59 GMT", None),
    ],
)
def test_who_is_busy_may_say_until_when(theirs: Receiver, status: int, asked: str, wait: timedelta | None) -> None:
    theirs.answer = answers(status, Retry_After=asked)
    assert failure(theirs.url()) == TransportError(Failed.STATUS, status, retry_after=wait)


def test_or_by_a_date(theirs: Receiver) -> None:
    theirs.answer = answers(429, Retry_After=in_an_hour())
    wait = failure(theirs.url()).retry_after
    assert wait
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


def test_who_is_not_busy_may_not(theirs: Receiver) -> None:
    theirs.answer = answers(500, Retry_After="3600")
    assert failure(theirs.url()).retry_after is None


ENDLESS: dict[str, tuple[Answer, Failed]] = {
    "nothing": (says_nothing, Failed.TIMEOUT),
    "a status, byte by byte": (goes_on(b"HTTP/1.1 200 ", b"O", 0.02), Failed.TIMEOUT),
    "a header, byte by byte": (goes_on(b"HTTP/1.1 200 OK\r\nA: ", b"x", 0.02), Failed.TIMEOUT),
    "headers, one by one": (goes_on(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n", 0.02), Failed.TIMEOUT),
    "headers, as fast as it can": (goes_on(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 1000), Failed.CONNECTION),
    "a line, as fast as it can": (goes_on(b"", b"x" * 10_000), Failed.CONNECTION),
    "that it will answer": (goes_on(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02), Failed.TIMEOUT),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_who_never_comes_to_an_answer_is_cut_off(theirs: Receiver, hasty: None, what: str) -> None:
    theirs.answer, failed = ENDLESS[what]
    began = time.monotonic()
    assert failure(theirs.url()) == TransportError(failed)
    assert time.monotonic() - began < outgoing.SECONDS + 1
    assert theirs.cut_off.wait(receiver.LONG / 2)


BODIES: dict[str, Answer] = {
    "byte by byte": goes_on(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x", 0.02),
    "10 GB": goes_on(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", b"x" * 10_000),
    "for ever, in chunks": goes_on(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"x" * 1024 + b"\r\n"
    ),
    "no chunks at all": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot in hex\r\n"),
    "less than it said": says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx"),
}


@pytest.mark.parametrize("what", BODIES)
def test_once_the_status_is_known_the_rest_costs_little_and_changes_nothing(
    theirs: Receiver, hasty: None, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    theirs.answer = BODIES[what]
    read, recv = [], socket.socket.recv

    def counted(connected: socket.socket, most: int) -> bytes:
        read.append(len(found := recv(connected, most)))
        return found

    monkeypatch.setattr(socket.socket, "recv", counted, raising=False)
    assert post(theirs.url(), b"{}", HEADERS) == Sent(200)
    assert 0 < sum(read) <= 64 * 1024


def test_who_does_not_read_is_not_waited_for(loopback: None, hasty: None) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        assert failure(url, b"x" * 20_000_000) == TransportError(Failed.TIMEOUT)


def test_who_hangs_up_or_is_not_there_is_told_as_such(theirs: Receiver) -> None:
    theirs.answer = says(b"")
    assert failure(theirs.url()) == TransportError(Failed.CONNECTION)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/") == TransportError(Failed.CONNECTION)


def test_what_does_not_speak_http_is_no_success(theirs: Receiver) -> None:
    theirs.answer = says(b"220 mail.example ESMTP\r\n")
    assert failure(theirs.url()) == TransportError(Failed.CONNECTION)


def test_of_several_addresses_one_that_answers_is_enough(theirs: Receiver, names: Names) -> None:
    names.names[HOST] = ["127.0.0.9", "127.0.0.1"]
    assert post(theirs.url(HOST), b"{}", HEADERS) == Sent(204)


def test_the_environment_names_no_proxy(theirs: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert post(theirs.url(HOST), b"{}", HEADERS) == Sent(204)
