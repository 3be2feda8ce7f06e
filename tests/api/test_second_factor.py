"""Logging in by API with a second factor: what is answered, and that the document has it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django_otp.oath import totp
from pytest_django import Settings

from incidents import second_factor
from incidents.models import Actor
from tests.api.calling import Caller, wrong_fields
from tests.api.document import operations
from tests.conftest import PASSWORD

TOKEN = "/api/v1/auth/token"
KEY = "3132333435363738393031323334353637383930"
LOGIN = {"username": "operator", "password": PASSWORD}


def shown() -> str:
    """What the app shows now."""
    return f"{totp(bytes.fromhex(KEY)):06}"


def documented(status: int, name: str) -> dict[str, Any]:
    responses = operations()["POST", TOKEN]["responses"]
    example: dict[str, Any] = responses[str(status)]["content"]["application/problem+json"]["examples"][name]["value"]
    return example


def is_as_documented(answer: Any, status: int, name: str) -> bool:
    example, told = documented(status, name), answer.json()
    alike = [told[member] == example[member] for member in ("title", "status", "code", "detail", "i18n_key")]
    return answer.status_code == status and all(alike)


@pytest.fixture
def codes(frozen: Any, operator: User) -> list[str]:
    """The recovery codes. The app's code that turned it on is used up."""
    found = second_factor.turn_on(operator, KEY, shown(), by=Actor("operator", "test"))
    frozen.shift(60)
    return found


@pytest.mark.usefixtures("codes")
def test_each_code_of_the_app_works_once(anyone: Caller, frozen: Any) -> None:
    login = {**LOGIN, "code": shown()}
    assert set(anyone.post(TOKEN, login).json()) == {"access", "refresh"}
    assert is_as_documented(anyone.post(TOKEN, login), 401, "code_missing_or_wrong")
    frozen.shift(30)
    assert anyone.post(TOKEN, {**LOGIN, "code": shown()}).status_code == 200


def test_so_does_each_recovery_code(codes: list[str], anyone: Caller) -> None:
    login = {**LOGIN, "code": codes[0]}
    assert [anyone.post(TOKEN, login).status_code for _ in range(2)] == [200, 401]


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize("code", [{}, {"code": None}, {"code": "000000"}, {"code": "x" * 40}])
def test_without_a_good_code_it_is_a_401(anyone: Caller, code: dict[str, Any]) -> None:
    answer = anyone.post(TOKEN, {**LOGIN, **code})
    assert is_as_documented(answer, 401, "code_missing_or_wrong")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.usefixtures("codes")
def test_a_wrong_password_tells_nothing_of_it(anyone: Caller) -> None:
    answer = anyone.post(TOKEN, {**LOGIN, "password": "wrong", "code": shown()})
    assert is_as_documented(answer, 401, "wrong_password")


@pytest.mark.usefixtures("codes")
def test_five_wrong_codes_lock_out_the_right_one(anyone: Caller) -> None:
    for _ in range(5):
        assert anyone.post(TOKEN, {**LOGIN, "code": "000000"}).status_code == 401
    answer = anyone.post(TOKEN, {**LOGIN, "code": shown()})
    assert is_as_documented(answer, 429, "locked_out")
    assert answer.json()["retry_after"] == int(answer["Retry-After"]) >= 1


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize("code", ["x" * 41, "49281\0", 492816, "", ["492816"], {}, True])
def test_what_can_be_no_code_is_a_wrong_field(anyone: Caller, code: object) -> None:
    answer = anyone.post(TOKEN, {**LOGIN, "code": code})
    assert (answer.status_code, set(wrong_fields(answer))) == (400, {"code"})
    assert anyone.post(TOKEN, {**LOGIN, "code": shown()}).status_code == 200


def test_who_must_have_one_and_has_none_is_told_where(
    anyone: Caller, user: Callable[..., User], settings: Settings
) -> None:
    user("night", is_staff=True)
    settings.REQUIRE_SECOND_FACTOR = True
    answer = anyone.post(TOKEN, {**LOGIN, "username": "night"})
    assert is_as_documented(answer, 401, "second_factor_not_set_up")


@pytest.mark.usefixtures("operator")
def test_nobody_looks_at_a_code_that_is_not_needed(anyone: Caller) -> None:
    assert anyone.post(TOKEN, {**LOGIN, "code": "000000"}).status_code == 200


def test_the_document_tells_of_the_code() -> None:
    operation = operations()["POST", TOKEN]
    body = operation["requestBody"]["content"]["application/json"]
    assert body["examples"]["usual"]["value"].keys() == {"username", "password", "code"}
    assert "each works once" in operation["description"]
