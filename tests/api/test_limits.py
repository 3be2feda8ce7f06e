"""Rate limits: whose requests count together, what an answer tells of them, and when they are over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from incidents import roles
from incidents.budget import Budget
from incidents.models import Incident
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller
from tests.api.conftest import caller_for

type Open = Callable[..., Incident]
HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def at(address: str) -> Caller:
    return Caller(client=Client(REMOTE_ADDR=address))


def ask(caller: Caller, path: str, times: int, **headers: str) -> list[int]:
    return [caller.get(path, **headers).status_code for _ in range(times)]


def left(answer: Any) -> tuple[int, int]:
    return int(answer["X-RateLimit-Limit"]), int(answer["X-RateLimit-Remaining"])


@pytest.mark.parametrize("path", [f"{PROBLEM}/overview", f"{ENVELOPE}/services"])
def test_a_hundred_reads_a_minute_and_no_more(anyone: Caller, frozen: object, path: str) -> None:
    assert set(ask(anyone, path, 100)) == {200}
    answer = anyone.get(path)
    assert (answer.status_code, left(answer)) == (429, (100, 0))
    assert answer["Retry-After"] == answer["X-RateLimit-Reset"]
    assert answer["Cache-Control"] == "no-store"


def test_a_limit_is_told_in_the_dialects_form(anyone: Caller, frozen: object) -> None:
    ask(anyone, f"{PROBLEM}/nope", 100)
    problem, envelope = anyone.get(f"{PROBLEM}/overview"), anyone.get(f"{ENVELOPE}/")
    assert problem.json()["type"].endswith("/errors/rate-limited/")
    assert problem.json()["retry_after"] == int(problem["Retry-After"])
    assert envelope.json()["error"]["code"] == "ERR_STATUS_RATE_LIMITED"


@pytest.mark.parametrize("second", [0, 1, 17, 30.5, 58, 59, 59.999])
def test_retry_after_is_true(db: None, second: float) -> None:
    began = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp() + second
    with time_machine.travel(began, tick=False) as clock:
        ask(at("198.51.100.7"), f"{PROBLEM}/nope", 100)
        wait = int(at("198.51.100.7").get(f"{PROBLEM}/nope")["Retry-After"])
        assert 1 <= wait <= 60
        clock.shift(wait - 1)
        assert wait == 1 or at("198.51.100.7").get(f"{PROBLEM}/nope").status_code == 429
        clock.shift(1)
        assert at("198.51.100.7").get(f"{PROBLEM}/nope").status_code == 404


def test_every_kind_of_answer_says_how_much_is_left(
    anyone: Caller, ops_caller: Caller, officer: Caller, incident: Open
) -> None:
    detail = f"{PROBLEM}/incidents/{incident().pk}"
    tag = anyone.get(detail)["ETag"]
    answers = [
        (anyone.get(detail), 200),
        (anyone.get(detail, If_None_Match=tag), 304),
        (anyone.get(f"{PROBLEM}/incidents?page=x"), 400),
        (anyone.post(detail, {}), 405),
        (anyone.get(f"{PROBLEM}/nope"), 404),
        (anyone.patch(detail, {}), 401),
        (Caller({"Authorization": "Bearer x"}).get(detail), 401),
        (officer.patch(detail, {}), 403),
        (ops_caller.patch(detail, {"title": ""}), 400),
        (anyone("OPTIONS", detail), 200),
    ]
    for answer, status in answers:
        assert answer.status_code == status
        assert [name for name in HEADERS if name not in answer] == []
        assert 1 <= int(answer["X-RateLimit-Reset"]) <= 60


def test_variants_of_an_address_share_one_budget(anyone: Caller, frozen: object, incident: Open) -> None:
    one = incident().pk
    variants = [
        ("GET", f"{PROBLEM}/incidents"),
        ("HEAD", f"{PROBLEM}/incidents"),
        ("OPTIONS", f"{PROBLEM}/incidents"),
        ("GET", f"{PROBLEM}/incidents/"),
        ("GET", f"{PROBLEM}/incidents?page=2"),
        ("GET", "/status/incidents"),
        ("GET", f"/status/incidents/{one}/updates/"),
        ("GET", f"{ENVELOPE}/incidents/{one}"),
        ("GET", f"{ENVELOPE}/incidents/{one.upper()}"),
        ("GET", f"{ENVELOPE}//incidents"),
        ("GET", f"{ENVELOPE}/INCIDENTS"),
        ("PURGE", f"{ENVELOPE}/incidents"),
    ]
    remaining = [left(anyone(method, path)) for method, path in variants]
    assert remaining == [(100, 99 - number) for number in range(len(variants))]


def test_who_is_signed_in_has_budgets_of_their_own(anyone: Caller, operator: User, frozen: object) -> None:
    first, second = caller_for(operator), caller_for(operator)
    second.client = Client(REMOTE_ADDR="203.0.113.9")
    assert left(anyone.get(f"{PROBLEM}/overview")) == (100, 99)
    assert left(first.get(f"{PROBLEM}/overview")) == (100, 99)
    assert left(second.get(f"{PROBLEM}/overview")) == (100, 98)


@pytest.mark.parametrize("path", ["/status/subscriptions", "/api/v2/subscribers.json", "/api/v1/auth/token"])
def test_what_is_personal_is_counted_by_address_whoever_asks(
    anyone: Caller, user: Callable[..., User], frozen: object, path: str
) -> None:
    callers = [anyone, caller_for(user("ann")), caller_for(user("bob"))]
    remaining = [left(caller.post(path, {}))[1] for caller in callers]
    assert remaining == [remaining[0] - number for number in range(3)]


def test_ops_behind_one_address_do_not_take_from_each_other(user: Callable[..., User], frozen: object) -> None:
    ann, bob = (caller_for(user(name, roles.PLATFORM_OPS)) for name in ("ann", "bob"))
    assert set(ask(ann, f"{ADMIN}/incidents", 300)) == {200}
    assert ann.get(f"{ADMIN}/incidents").status_code == 429
    assert left(bob.get(f"{ADMIN}/incidents")) == (300, 299)


def test_what_is_forbidden_counts_too(frozen: object, officer: Caller) -> None:
    assert set(ask(officer, f"{ADMIN}/incidents", 300)) == {403}
    assert officer.get(f"{ADMIN}/incidents").status_code == 429


def test_a_made_up_forwarding_changes_nothing(frozen: object, db: None) -> None:
    asked = [at("198.51.100.7").get(f"{PROBLEM}/nope", X_Forwarded_For=f"203.0.113.{n}") for n in range(101)]
    assert [answer.status_code for answer in asked] == [404] * 100 + [429]


def test_behind_a_trusted_proxy_each_client_counts_alone(frozen: object, db: None, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    first = [at("127.0.0.1").get(f"{PROBLEM}/nope", X_Forwarded_For=f"10.0.0.{n}, 203.0.113.1") for n in range(3)]
    other = at("127.0.0.1").get(f"{PROBLEM}/nope", X_Forwarded_For="203.0.113.1, 203.0.113.2")
    assert [left(answer)[1] for answer in [*first, other]] == [99, 98, 97, 99]


@pytest.mark.parametrize(
    "hop", ["203.0.113.1:5555", "203.0.113.1:80", "[2001:db8::1]:443", "[2001:db8::1]", "2001:db8::2"]
)
def test_a_proxy_may_tell_the_port(frozen: object, db: None, settings: Any, hop: str) -> None:
    settings.TRUSTED_PROXIES = 1
    known = "203.0.113.1" if "." in hop else "2001:db8::1"
    at("127.0.0.1").get(f"{PROBLEM}/nope", X_Forwarded_For=hop)
    assert left(at(known).get(f"{PROBLEM}/nope", X_Forwarded_For=""))[1] == 98


@pytest.mark.parametrize(
    "hop",
    ["nonsense:80", "203.0.113.1:", "203.0.113.1:x", "[203.0.113.1", "[]:1", "[2001:db8::1]x", ":80", "1.2.3.4:5:6"],
)
def test_a_hop_that_is_none_is_the_proxys(frozen: object, db: None, settings: Any, hop: str) -> None:
    settings.TRUSTED_PROXIES = 1
    at("127.0.0.1").get(f"{PROBLEM}/nope", X_Forwarded_For=hop)
    assert left(at("127.0.0.1").get(f"{PROBLEM}/nope", X_Forwarded_For=""))[1] == 98


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
        ("::ffff:198.51.100.7", "::ffff:198.51.100.8", False),
        ("198.51.100.7", "198.51.100.8", False),
        ("", "", True),  # a Unix socket
    ],
)
def test_an_address_is_what_one_client_has(db: None, frozen: object, one: str, other: str, together: bool) -> None:
    at(one).get(f"{PROBLEM}/nope")
    assert left(at(other).get(f"{PROBLEM}/nope"))[1] == (98 if together else 99)


def test_threads_lose_no_count(rf: RequestFactory, frozen: object) -> None:
    request, budget = rf.get("/"), Budget("somebody", 1000)
    with ThreadPoolExecutor(8) as pool:
        counted = pool.map(lambda _: budget.spend(request), range(400))
    assert sorted(standing.count for standing in counted if standing) == list(range(1, 401))


def test_many_clients_do_not_push_one_another_out(rf: RequestFactory, frozen: object) -> None:
    request = rf.get("/")
    for number in range(1000):
        Budget(f"client {number}", 100).spend(request)
    standing = Budget("client 0", 100).look(request)
    assert standing is not None
    assert standing.count == 1


def test_limits_can_be_left_to_somebody_else(anyone: Caller, settings: Any) -> None:
    settings.RATELIMIT_ENABLE = False
    answers = [anyone.get(f"{PROBLEM}/nope") for _ in range(101)]
    assert answers[-1].status_code == 404
    assert not answers[-1].has_header("X-RateLimit-Limit")
