"""Guessing passwords at the token endpoint."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.test import Client

from tests.api.calling import Caller
from tests.conftest import PASSWORD

TOKEN = "/api/v1/auth/token"


@pytest.fixture
def anyone(operator: User) -> Caller:
    return Caller()


def fail(caller: Caller, name: str = "operator", times: int = 5) -> Any:
    for _ in range(times):
        answer = caller.post(TOKEN, {"username": name, "password": "wrong"})
        assert answer.status_code == 401
    return answer


def login(caller: Caller, name: str = "operator") -> Any:
    return caller.post(TOKEN, {"username": name, "password": PASSWORD})


def test_after_five_failures_the_right_password_is_a_429(anyone: Caller) -> None:
    fail(anyone)
    answer = login(anyone)
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert 890 < int(answer["Retry-After"]) <= 900
    assert answer.json()["retry_after"] == int(answer["Retry-After"])
    assert not [name for name in answer.headers if name.startswith("X-RateLimit")]  # which tell of another limit


def test_other_addresses_and_accounts_work_on(anyone: Caller, user: Any) -> None:
    user("bob")
    fail(anyone)
    assert login(anyone, "bob").status_code == 200
    elsewhere = Caller(client=Client(REMOTE_ADDR="192.0.2.7"))
    assert login(elsewhere).status_code == 200


def test_accounts_that_there_are_and_are_not_get_the_same_answers(anyone: Caller) -> None:
    def told(answer: Any) -> dict[str, Any]:
        own = ("request_id", "trace_id", "span_id", "timestamp", "retry_after")
        return {name: value for name, value in answer.json().items() if name not in own}

    assert told(fail(anyone)) == told(fail(anyone, "nobody"))
    assert told(login(anyone)) == told(login(anyone, "nobody"))
    assert login(anyone, "nobody").status_code == 429


def test_a_body_that_is_no_login_is_no_failure(anyone: Caller) -> None:
    for _ in range(6):
        assert anyone.post(TOKEN, {"username": "operator"}).status_code == 400
    assert login(anyone).status_code == 200


def test_refreshing_is_not_locked(anyone: Caller) -> None:
    pair = login(anyone).json()
    fail(anyone)
    assert anyone.post(f"{TOKEN}/refresh", {"refresh": pair["refresh"]}).status_code == 200


def test_without_redis_each_process_counts_for_itself(anyone: Caller, settings: Any) -> None:
    settings.CACHES = {"default": {**settings.REDIS_CACHE, "LOCATION": "redis://127.0.0.1:1/0"}}
    assert caches["default"].__class__.__name__ == "RedisOrMemoryCache"
    assert login(anyone).status_code == 200
    fail(anyone)
    assert login(anyone).status_code == 429
