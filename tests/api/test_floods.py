"""Who comes without a good token is cut off before tokens are looked at, and takes nobody along."""

from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.api.calling import ADMIN, PROBLEM, Caller
from tests.api.conftest import caller_for
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("frozen", "db")
TOKEN = "/api/v1/auth/token"
BAD = Caller({"Authorization": "Bearer x"})


def flood(caller: Caller, path: str, times: int = 100) -> Counter[int]:
    return Counter(caller.get(path).status_code for _ in range(times))


@pytest.mark.parametrize("path", [f"{ADMIN}/incidents", f"{PROBLEM}/overview", f"{PROBLEM}/incidents"])
def test_of_300_bad_tokens_a_hundred_are_looked_at(path: str) -> None:
    assert flood(BAD, path, 300) == {401: 100, 429: 200}


def test_asking_for_what_needs_a_token_without_one_is_limited_too(anyone: Caller) -> None:
    assert flood(anyone, f"{ADMIN}/incidents", 150) == {401: 100, 429: 50}


def test_a_cut_off_caller_is_told_when_to_come_back() -> None:
    flood(BAD, f"{ADMIN}/incidents")
    answer = BAD.get(f"{ADMIN}/incidents")
    assert (answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) == ("100", "0")
    assert 1 <= int(answer["Retry-After"]) == int(answer["X-RateLimit-Reset"]) <= 60


def test_after_a_flood_no_token_is_looked_at(operator: User, django_assert_num_queries: Any) -> None:
    caller = caller_for(operator)
    flood(BAD, f"{ADMIN}/incidents")
    with django_assert_num_queries(0):
        assert caller.get(f"{ADMIN}/incidents").status_code == 429


def test_a_token_that_worked_goes_on_working(ops_caller: Caller) -> None:
    assert ops_caller.get(f"{ADMIN}/incidents").status_code == 200
    flood(BAD, f"{ADMIN}/incidents")
    assert ops_caller.get(f"{ADMIN}/incidents").status_code == 200


def test_a_token_that_worked_and_no_longer_does_is_cut_off(ops_caller: Caller, operator: User) -> None:
    ops_caller.get(f"{ADMIN}/incidents")
    operator.is_active = False
    operator.save()
    assert flood(ops_caller, f"{ADMIN}/incidents", 101) == {401: 100, 429: 1}


def test_a_flood_is_no_matter_to_other_addresses(operator: User) -> None:
    caller = caller_for(operator)
    caller.client = Client(REMOTE_ADDR="203.0.113.9")
    flood(BAD, f"{ADMIN}/incidents")
    assert caller.get(f"{ADMIN}/incidents").status_code == 200


def test_public_reading_and_logging_in_go_on(anyone: Caller, operator: User) -> None:
    flood(BAD, f"{ADMIN}/incidents")
    assert anyone.get(f"{PROBLEM}/overview").status_code == 200
    login = {"username": operator.username, "password": PASSWORD}
    assert BAD.post(TOKEN, login).status_code == 200


def test_reading_a_lot_keeps_nobody_from_logging_in(anyone: Caller, operator: User) -> None:
    assert flood(anyone, f"{PROBLEM}/nope", 101) == {404: 100, 429: 1}
    login = {"username": operator.username, "password": PASSWORD}
    assert anyone.post(TOKEN, login).status_code == 200
    assert caller_for(operator).get(f"{PROBLEM}/overview").status_code == 200


def test_what_logging_in_and_refreshing_bring_is_looked_at(anyone: Caller, operator: User) -> None:
    flood(BAD, f"{ADMIN}/incidents")
    pair = anyone.post(TOKEN, {"username": operator.username, "password": PASSWORD}).json()
    newer = anyone.post(f"{TOKEN}/refresh", {"refresh": pair["refresh"]}).json()
    for access in (pair["access"], newer["access"]):
        assert Caller({"Authorization": f"Bearer {access}"}).get(f"{ADMIN}/incidents").status_code == 200


def test_401s_of_the_token_endpoints_count_with_the_others(anyone: Caller) -> None:
    for _ in range(50):
        answer = anyone.post(f"{TOKEN}/refresh", {"refresh": "x"})
    assert (answer.status_code, answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) == (401, "60", "10")
    assert flood(BAD, f"{ADMIN}/incidents", 51) == {401: 50, 429: 1}


def test_they_keep_nobody_from_logging_in(anyone: Caller, operator: User) -> None:
    for _ in range(40):
        anyone.post(f"{TOKEN}/refresh", {"refresh": "x"})
    assert flood(BAD, f"{ADMIN}/incidents", 61) == {401: 60, 429: 1}
    assert anyone.post(TOKEN, {"username": operator.username, "password": PASSWORD}).status_code == 200


def test_a_wrong_password_costs_the_token_in_the_header_nothing(ops_caller: Caller) -> None:
    ops_caller.get(f"{ADMIN}/incidents")
    assert ops_caller.post(TOKEN, {"username": "operator", "password": "wrong"}).status_code == 401
    flood(BAD, f"{ADMIN}/incidents")
    assert ops_caller.get(f"{ADMIN}/incidents").status_code == 200
