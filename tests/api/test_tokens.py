"""Access and refresh tokens: how they are got, and all that makes them a 401."""

import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from incidents import roles
from incidents.api.auth import IsOps, IsOpsOrOfficer
from incidents.api.tokens import use_up
from tests.api.calling import ADMIN, PROBLEM, Caller
from tests.api.conftest import caller_for
from tests.conftest import PASSWORD

TOKEN = "/api/v1/auth/token"
LOGIN = {"username": "operator", "password": PASSWORD}


def bearer(token: object) -> Caller:
    return Caller({"Authorization": f"Bearer {token}"})


def test_credentials_give_a_bare_pair(anyone: Caller, operator: User) -> None:
    answer = anyone.post(TOKEN, LOGIN)
    assert (answer.status_code, set(answer.json())) == (200, {"access", "refresh"})
    assert answer["Cache-Control"] == "no-store"
    assert bearer(answer.json()["access"]).get(f"{ADMIN}/incidents").status_code == 200


def test_a_token_carries_the_roles(anyone: Caller, operator: User) -> None:
    access = anyone.post(TOKEN, LOGIN).json()["access"]
    assert AccessToken(access)["roles"] == [roles.PLATFORM_OPS]


@pytest.mark.parametrize("login", [{**LOGIN, "password": "wrong"}, {**LOGIN, "username": "nobody"}])
def test_wrong_credentials_are_a_401_in_problem_form(anyone: Caller, operator: User, login: dict[str, str]) -> None:
    answer = anyone.post(TOKEN, login)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer["Content-Type"] == "application/problem+json"


def test_an_outdated_token_in_the_header_does_not_keep_from_logging_in(operator: User, db: None) -> None:
    assert bearer("outdated").post(TOKEN, LOGIN).status_code == 200


def test_refreshing_rotates(anyone: Caller, operator: User) -> None:
    refresh = anyone.post(TOKEN, LOGIN).json()["refresh"]
    answer = anyone.post(f"{TOKEN}/refresh", {"refresh": refresh})
    assert (answer.status_code, set(answer.json())) == (200, {"access", "refresh"})
    assert anyone.post(f"{TOKEN}/refresh", {"refresh": refresh}).status_code == 401
    assert anyone.post(f"{TOKEN}/refresh", {"refresh": answer.json()["refresh"]}).status_code == 200


def test_of_two_who_refresh_at_once_one_wins(operator: User) -> None:
    token = RefreshToken.for_user(operator)
    use_up(token)
    with pytest.raises(InvalidToken):
        use_up(token)  # checked before the other one was done, as it happens in a race


def test_refreshing_tells_the_roles_of_today(anyone: Caller, operator: User) -> None:
    refresh = anyone.post(TOKEN, LOGIN).json()["refresh"]
    operator.groups.set(Group.objects.filter(name=roles.DATA_PROTECTION_OFFICER))
    access = anyone.post(f"{TOKEN}/refresh", {"refresh": refresh}).json()["access"]
    assert AccessToken(access)["roles"] == [roles.DATA_PROTECTION_OFFICER]


def test_a_blacklisted_refresh_token_is_used_up(anyone: Caller, operator: User) -> None:
    refresh = anyone.post(TOKEN, LOGIN).json()["refresh"]
    assert anyone.post(f"{TOKEN}/blacklist", {"refresh": refresh}).status_code == 200
    assert anyone.post(f"{TOKEN}/refresh", {"refresh": refresh}).status_code == 401
    assert anyone.post(f"{TOKEN}/blacklist", {"refresh": refresh}).status_code == 401


@pytest.mark.parametrize("end", ["deactivate", "password", "delete"])
def test_access_ends_at_once_for_who_has_left(anyone: Caller, operator: User, end: str) -> None:
    pair = anyone.post(TOKEN, LOGIN).json()
    if end == "delete":
        operator.delete()
    else:
        operator.is_active = end != "deactivate"
        operator.set_password("another")
        operator.save()
    assert bearer(pair["access"]).get(f"{ADMIN}/incidents").status_code == 401
    assert anyone.post(f"{TOKEN}/refresh", {"refresh": pair["refresh"]}).status_code == 401


def test_a_role_that_was_taken_away_works_no_longer(ops_caller: Caller, operator: User) -> None:
    operator.groups.clear()
    assert ops_caller.get(f"{ADMIN}/incidents").status_code == 403


def test_a_superuser_holds_every_role(user: Callable[..., User]) -> None:
    assert caller_for(user("root", is_superuser=True)).get(f"{ADMIN}/incidents").status_code == 200


def test_a_session_opens_nothing(anyone: Caller, operator: User) -> None:
    anyone.client.force_login(operator)
    assert anyone.get(f"{ADMIN}/incidents").status_code == 401


def test_an_expired_token_is_refused(operator: User) -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False) as traveller:
        caller = caller_for(operator)
        traveller.shift(timedelta(minutes=16))
        assert caller.get(f"{ADMIN}/incidents").status_code == 401


def signed(key: str = settings.SECRET_KEY, algorithm: str = "HS256", **claims: Any) -> str:
    usual = {"token_type": "access", "exp": 4_000_000_000, "jti": "x", "user_id": "1"}
    given = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    with warnings.catch_warnings(action="ignore"):  # our key is too short for the longer algorithms
        return jwt.encode(given, key, algorithm=algorithm)


ODD_TOKENS: dict[str, Callable[[], str]] = {
    "garbage": lambda: "garbage",
    "two dots": lambda: "..",
    "not ASCII": lambda: "tökén",
    "100 KB": lambda: "a" * 100_000,
    "no algorithm": lambda: jwt.encode({"user_id": "1", "exp": 4_000_000_000}, key="", algorithm="none"),
    "another key": lambda: signed("somebody else's key, which is quite long"),
    "HS384": lambda: signed(algorithm="HS384"),
    "HS512": lambda: signed(algorithm="HS512"),
    "alg nOnE": lambda: signed().replace(signed().split(".")[0], "eyJhbGciOiJuT25FIn0"),
    "exp of 10^18": lambda: signed(exp=10**18),
    "exp of 10^400": lambda: signed(exp=10**400),
    "no exp": lambda: signed(exp=None),
    "exp past": lambda: signed(exp=1),
    "nbf future": lambda: signed(nbf=3_900_000_000),
    "no id": lambda: signed(jti=None),
    "no type": lambda: signed(token_type=None),
    "a refresh token": lambda: signed(token_type="refresh"),
    "user a list": lambda: signed(user_id=["1"]),
    "user a dict": lambda: signed(user_id={"a": 1}),
    "user with NUL": lambda: signed(user_id="1\x00"),
    "user a word": lambda: signed(user_id="operator"),
    "user true": lambda: signed(user_id=True),
    "user negative": lambda: signed(user_id="-1"),
    "user of 10^17": lambda: signed(user_id=10**17),
    "user of 10^30": lambda: signed(user_id=10**30),
    "user in Arabic digits": lambda: signed(user_id="١"),
    "no user": lambda: signed(user_id=None),
    "nobody": lambda: signed(user_id="999999"),
}


@pytest.mark.parametrize("name", ODD_TOKENS)
def test_an_odd_token_is_a_401_even_where_none_is_needed(db: None, name: str) -> None:
    caller = Caller({"Authorization": f"Bearer {ODD_TOKENS[name]()}"})
    for path in (f"{PROBLEM}/overview", f"{ADMIN}/incidents"):
        answer = caller.get(path)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("name", ODD_TOKENS)
@pytest.mark.parametrize("path", ["refresh", "blacklist"])
def test_an_odd_refresh_token_is_a_401_too(anyone: Caller, name: str, path: str) -> None:
    assert anyone.post(f"{TOKEN}/{path}", {"refresh": ODD_TOKENS[name]()}).status_code == 401


@pytest.mark.parametrize("claim", ["user_id", "jti", "exp"])
@pytest.mark.parametrize("value", [["1"], {"a": 1}, "1\x00", None, "x" * 300])
@pytest.mark.parametrize("path", ["refresh", "blacklist"])
def test_a_refresh_token_with_an_odd_claim_is_a_401(
    anyone: Caller, operator: User, path: str, claim: str, value: object
) -> None:
    token = RefreshToken.for_user(operator)
    token[claim] = value
    odd = jwt.encode(token.payload, settings.SECRET_KEY, algorithm="HS256")
    assert anyone.post(f"{TOKEN}/{path}", {"refresh": odd}).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "bearer x", "Basic eDp5", "", " "])
def test_a_header_that_is_no_token_never_breaks_anything(db: None, header: str) -> None:
    assert Caller({"Authorization": header}).get(f"{PROBLEM}/overview").status_code in (200, 401)


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "bearer"])
def test_a_malformed_header_is_told_what_is_wrong(db: None, header: str) -> None:
    answer = Caller({"Authorization": header}).get(f"{PROBLEM}/overview")
    assert answer.status_code == 401
    assert answer.json()["detail"] == "The header Authorization must be the word Bearer, a space and one token."


def test_the_word_bearer_may_be_written_in_small_letters(operator: User) -> None:
    caller = Caller({"Authorization": f"bearer {AccessToken.for_user(operator)}"})
    assert caller.get(f"{ADMIN}/incidents").status_code == 200


@pytest.mark.parametrize(
    ("held", "ops_only", "either"),
    [
        ((), False, False),
        ((roles.PLATFORM_OPS,), True, True),
        ((roles.DATA_PROTECTION_OFFICER,), False, True),
        (roles.ALL, True, True),
    ],
)
def test_a_permission_asks_for_one_of_its_roles(
    user: Callable[..., User], held: tuple[str, ...], ops_only: bool, either: bool
) -> None:
    request = Request(RequestFactory().get("/"))
    request.user = user("somebody", *held)
    assert IsOps().has_permission(request, None) is ops_only
    assert IsOpsOrOfficer().has_permission(request, None) is either
