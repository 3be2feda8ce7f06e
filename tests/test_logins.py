"""Guessing passwords: when it is stopped, for whom, and for how long."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from asgiref.local import Local
from django.core.cache import cache, caches
from pytest_django import Settings

from incidents import logins
from incidents.errors import RateLimited

HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def fail(account: str = "ann", address: str = HOME, *, times: int = 1) -> None:
    for _ in range(times):
        assert logins.attempt(account, address, lambda: None) is None


def succeed(account: str = "ann", address: str = HOME) -> str | None:
    return logins.attempt(account, address, lambda: "user")


def wait(account: str = "ann", address: str = HOME) -> int | None:
    with pytest.raises(RateLimited) as refused:
        succeed(account, address)
    return refused.value.retry_after


def test_after_five_failures_the_right_password_is_refused_too() -> None:
    fail(times=5)
    assert wait() == 900


def test_nothing_is_tried_while_it_is_locked() -> None:
    fail(times=5)
    with pytest.raises(RateLimited):
        logins.attempt("ann", HOME, lambda: pytest.fail("a password was looked at"))


def test_the_wait_is_true(clock: Any) -> None:
    fail(times=5)
    clock.shift(100.5)
    assert wait() == 800
    clock.shift(799)
    assert wait() == 1
    clock.shift(0.5)
    assert succeed() == "user"


def test_any_quarter_of_an_hour_has_five_failures_at_most(clock: Any) -> None:
    fail()
    clock.shift(890)
    fail(times=4)
    assert wait() == 10
    clock.shift(10)
    fail()
    assert wait() == 890


def test_another_address_is_not_locked_out() -> None:
    fail(times=5)
    assert succeed(address=ELSEWHERE) == "user"


def test_another_account_is_not_locked_out() -> None:
    fail(times=5)
    assert succeed("bob") == "user"


def test_an_address_may_be_unknown() -> None:
    fail(address="unknown", times=5)
    assert wait(address="unknown") == 900


def test_success_forgets_what_was_before() -> None:
    fail(times=4)
    succeed()
    fail(times=4)
    assert succeed() == "user"


def test_guessing_many_accounts_is_stopped_after_fifty(clock: Any) -> None:
    for number in range(50):
        fail(f"account-{number}")
    assert wait("nobody-yet") == 3600
    assert succeed(address=ELSEWHERE) == "user"
    clock.shift(3600)
    assert succeed("nobody-yet") == "user"


def test_success_does_not_make_an_address_innocent() -> None:
    for number in range(50):
        fail(f"account-{number}")
        if number < 49:
            succeed("mine")
    assert wait("mine") == 3600


def test_the_right_password_loses_against_guesses_that_ran_beside_it() -> None:
    def slow() -> str:
        fail(times=5)
        return "user"

    with pytest.raises(RateLimited):
        logins.attempt("ann", HOME, slow)


def test_the_cache_does_not_learn_who_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    real = cache.set
    monkeypatch.setattr(cache, "set", lambda key, *rest: kept.append(key) or real(key, *rest))  # type: ignore[func-returns-value]
    fail("ann@example.com")
    assert kept
    assert not any("ann" in key or HOME in key for key in kept)


def test_without_a_cache_nobody_is_locked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise ConnectionError

    for name in ("get_many", "add", "delete_many"):
        monkeypatch.setattr(cache, name, down)
    fail(times=60)
    assert succeed() == "user"


@pytest.mark.parametrize("name", ["add", "incr", "touch", "set", "delete_many"])
def test_a_cache_that_goes_away_halfway_is_no_failure(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def down(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, name, down)
    fail()
    assert succeed() == "user"


@pytest.fixture
def redis(settings: Settings, socket_enabled: None) -> None:
    url = os.environ["TEST_REDIS_URL"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}}
    cache.clear()


@pytest.mark.parametrize("store", ["memory", pytest.param("redis", marks=pytest.mark.redis)])
def test_failures_at_the_same_time_all_count(store: str, request: pytest.FixtureRequest) -> None:
    if store == "redis":
        request.getfixturevalue("redis")
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: logins.attempt("ann", HOME, lambda: None), range(5)))
    assert wait() == 900


@pytest.mark.redis
def test_redis_counts_for_all_processes(redis: None, clock: Any) -> None:
    fail(times=4)
    caches._connections = Local()  # type: ignore[attr-defined]  # as another process sees it
    fail()
    assert wait() == 900
    clock.shift(900)
    assert succeed() == "user"
    fail(times=4)
    assert succeed() == "user"
