"""The issuer's key server: down, slow, talking nonsense, changing its keys. Who holds a known key does not notice."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pytest_django import Settings

from incidents.api import issuer, jwks
from incidents.errors import DownstreamFailure
from tests.api.calling import ADMIN, PROBLEM, Caller
from tests.api.issuing import AUDIENCE, ISSUER, KeyServer, ec_key, rsa_key, send, serving, signed

OLD, NEW, THIEF = ec_key("old"), ec_key("new"), ec_key("thief")

type Answer = Callable[[BaseHTTPRequestHandler], None]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def shift(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(jwks, "monotonic", clock)
    return clock


@pytest.fixture
def theirs(socket_enabled: None, clock: Clock) -> Iterator[KeyServer]:
    with serving(OLD) as server:
        yield server


@pytest.fixture
def ours(theirs: KeyServer) -> jwks.KeyServer:
    """Our side, which has not asked yet."""
    return jwks.KeyServer(theirs.url)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "TIMEOUT", 20)
    monkeypatch.setattr(jwks, "PATIENCE", 20)


def knows(ours: jwks.KeyServer, kid: str) -> bool:
    return ours.key(kid) is not None


def body(text: bytes, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: send(handler, text, status, **named)


def document(*entries: Any) -> bytes:
    return json.dumps({"keys": entries}).encode()


def redirects(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", 302, Location="/elsewhere.json")


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


NONSENSE: dict[str, Answer] = {
    "no JSON": body(b"<html>"),
    "no UTF-8": body(b"\xff\xfe\x00"),
    "a list": body(b"[]"),
    "no list of keys": body(b'{"keys": {"a": 1}}'),
    "no keys": body(document()),
    "keys that are none": body(document(1, None, {}, {"kty": "RSA", "kid": "x", "n": 1}, {"kty": "EC", "kid": "y"})),
    "keys without names": body(document({k: v for k, v in OLD.public.items() if k != "kid"})),
    "a name that is a list": body(document({**OLD.public, "kid": ["old"]})),
    "a shared secret": body(document({"kty": "oct", "kid": "old", "k": "c2VjcmV0", "alg": "HS256"})),
    "a key for encryption": body(document({**OLD.public, "use": "enc"})),
    "a key that is too short": body(document(rsa_key("short", 1024).public)),
    "deep": body(b"[" * 100_000),
    "much": body(b" " * (jwks.LARGEST + 1) + document(NEW.public)),
    "compressed": body(b"\x1f\x8b", Content_Encoding="gzip"),
    "500": body(document(NEW.public), 500),
    "a redirect": redirects,
    "nothing": hangs_up,
}


def test_keys_are_asked_for_once(ours: jwks.KeyServer, theirs: KeyServer) -> None:
    assert all(knows(ours, "old") for _ in range(5))
    assert theirs.requests == ["/keys.json"]


def test_a_hundred_unknown_keys_cost_one_request_in_a_cool_down(
    ours: jwks.KeyServer, theirs: KeyServer, clock: Clock
) -> None:
    assert knows(ours, "old")
    clock.shift(jwks.COOL_DOWN)
    assert not any(knows(ours, f"random-{n}") for n in range(100))
    assert len(theirs.requests) == 2


@pytest.mark.usefixtures("patient")
def test_many_who_come_at_once_share_one_request(ours: jwks.KeyServer, theirs: KeyServer) -> None:
    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(lambda _: knows(ours, "old"), range(20)))
    assert len(theirs.requests) == 1


def test_a_new_key_is_picked_up_after_the_cool_down(ours: jwks.KeyServer, theirs: KeyServer, clock: Clock) -> None:
    assert knows(ours, "old")
    theirs.keys = [OLD, NEW]
    assert not knows(ours, "new")
    clock.shift(jwks.COOL_DOWN)
    assert knows(ours, "new")


def test_a_withdrawn_key_works_no_longer_than_it_is_fresh(
    ours: jwks.KeyServer, theirs: KeyServer, clock: Clock
) -> None:
    assert knows(ours, "old")
    theirs.keys = [NEW]
    clock.shift(jwks.FRESH + 1)
    assert not knows(ours, "old")


class TestDown:
    def test_a_known_key_works_on(self, ours: jwks.KeyServer, theirs: KeyServer, clock: Clock) -> None:
        assert knows(ours, "old")
        theirs.stop()
        for _ in range(3):
            clock.shift(3600)
            assert knows(ours, "old")

    def test_an_unknown_key_cannot_be_judged(self, ours: jwks.KeyServer, theirs: KeyServer, clock: Clock) -> None:
        assert knows(ours, "old")
        theirs.stop()
        clock.shift(jwks.COOL_DOWN)
        for _ in range(3):
            with pytest.raises(DownstreamFailure):
                ours.key("new")

    def test_from_the_start_no_key_can_be_judged(self, ours: jwks.KeyServer, theirs: KeyServer) -> None:
        theirs.stop()
        with pytest.raises(DownstreamFailure):
            ours.key("old")

    def test_it_is_asked_no_more_often_than_else(self, ours: jwks.KeyServer, theirs: KeyServer) -> None:
        theirs.answer = body(b"", 503)
        for n in range(100):
            with pytest.raises(DownstreamFailure):
                ours.key(f"random-{n}")
        assert len(theirs.requests) == 1

    def test_once_it_is_back_everything_is_as_before(
        self, ours: jwks.KeyServer, theirs: KeyServer, clock: Clock
    ) -> None:
        theirs.answer = body(b"", 503)
        with pytest.raises(DownstreamFailure):
            ours.key("old")
        theirs.answer = None
        clock.shift(jwks.COOL_DOWN)
        assert knows(ours, "old")
        assert not knows(ours, "new")


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_leaves_the_last_good_keys(ours: jwks.KeyServer, theirs: KeyServer, clock: Clock, name: str) -> None:
    assert knows(ours, "old")
    theirs.answer = NONSENSE[name]
    clock.shift(jwks.FRESH + 1)
    assert knows(ours, "old")
    with pytest.raises(DownstreamFailure):
        ours.key("new")
    assert theirs.requests == ["/keys.json"] * 2


def test_a_bad_key_does_not_spoil_the_others(ours: jwks.KeyServer, theirs: KeyServer) -> None:
    theirs.answer = body(document(None, {"kty": "RSA", "kid": "x", "n": 1}, {"kty": "OKP", "kid": "z"}, OLD.public))
    assert knows(ours, "old")
    assert not knows(ours, "x")


def test_a_slow_one_is_given_up(ours: jwks.KeyServer, theirs: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "TIMEOUT", 0.05)
    given_up = threading.Event()

    def hangs(handler: BaseHTTPRequestHandler) -> None:
        given_up.wait(20)

    theirs.answer = hangs
    try:
        with pytest.raises(DownstreamFailure):
            ours.key("old")
    finally:
        given_up.set()


@pytest.fixture
def waiting(ours: jwks.KeyServer, theirs: KeyServer) -> Iterator[Future[bool]]:
    """Somebody with an unknown key, for whom the issuer is being asked until the test is over."""
    asked, go_on = threading.Event(), threading.Event()

    def waits(handler: BaseHTTPRequestHandler) -> None:
        asked.set()
        go_on.wait(20)
        send(handler, document(OLD.public, NEW.public))

    with ThreadPoolExecutor(1) as pool:
        theirs.answer = waits
        first = pool.submit(knows, ours, "new")
        assert asked.wait(20)
        yield first
        go_on.set()
        assert first.result(20)


@pytest.fixture
def known(ours: jwks.KeyServer, clock: Clock, patient: None) -> None:
    """Our side holds the key "old", and may ask again."""
    assert knows(ours, "old")
    clock.shift(jwks.FRESH + 1)


def test_who_holds_a_known_key_does_not_wait_for_it(known: None, waiting: Future[bool], ours: jwks.KeyServer) -> None:
    assert knows(ours, "old")
    assert not waiting.done()


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("age", [jwks.TIMEOUT * 7, jwks.COOL_DOWN + 1])
def test_who_holds_an_unknown_one_soon_waits_no_more(
    waiting: Future[bool], ours: jwks.KeyServer, theirs: KeyServer, clock: Clock, age: float
) -> None:
    clock.shift(age)
    with ThreadPoolExecutor(12) as pool:
        for other in [pool.submit(ours.key, f"random-{n}") for n in range(12)]:
            with pytest.raises(DownstreamFailure):
                other.result(10)
    assert not waiting.done()
    assert len(theirs.requests) == 2


class TestOnTheWire:
    @pytest.fixture(autouse=True)
    def _configured(self, db: None, settings: Settings, theirs: KeyServer) -> None:
        issuer._server.cache_clear()
        settings.JWT_JWKS_URL, settings.JWT_ISSUER, settings.JWT_AUDIENCE = theirs.url, ISSUER, AUDIENCE

    @pytest.mark.parametrize("path", [f"{ADMIN}/incidents", f"{PROBLEM}/overview"])
    def test_an_unknown_key_of_an_issuer_that_is_down_is_a_502(self, theirs: KeyServer, path: str) -> None:
        theirs.stop()
        answer = Caller({"Authorization": f"Bearer {signed(OLD)}"}).get(path, Accept="application/problem+json")
        assert (answer.status_code, answer.json()["type"]) == (502, "http://127.0.0.1:8000/errors/downstream-failure/")

    def test_a_known_key_works_on(self, theirs: KeyServer) -> None:
        caller = Caller({"Authorization": f"Bearer {signed(OLD)}"})
        assert caller.get(f"{ADMIN}/incidents").status_code == 200
        theirs.stop()
        assert caller.get(f"{ADMIN}/incidents").status_code == 200

    def test_a_flood_of_unknown_keys_is_refused_with_one_request(self, theirs: KeyServer) -> None:
        for n in range(100):
            caller = Caller({"Authorization": f"Bearer {signed(THIEF, {'kid': f'random-{n}'})}"})
            assert caller.get(f"{ADMIN}/incidents").status_code == 401
        assert len(theirs.requests) == 1

    def test_a_flood_of_tokens_that_nobody_can_judge_is_cut_off(self, frozen: object, theirs: KeyServer) -> None:
        theirs.stop()
        caller = Caller({"Authorization": f"Bearer {signed(THIEF)}"})
        answers = [caller.get(f"{ADMIN}/incidents") for _ in range(101)]
        assert [answer.status_code for answer in answers] == [502] * 100 + [429]
        assert [answer["X-RateLimit-Remaining"] for answer in answers[-3:]] == ["1", "0", "0"]
