"""Tokens of programs: what they open, where they are no use, and how they end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.request import Request
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from incidents.api.auth import TokenAuthentication, subject_of
from incidents.api.machines import signed
from incidents.models import Actor, AuditEntry, MachineToken
from incidents.roles import DATA_PROTECTION_OFFICER, PLATFORM_OPS
from tests.api.calling import ADMIN, PROBLEM, Caller

NEW = {"title": "Login fails", "severity": "major", "status": "investigating"}


@pytest.fixture
def machine(db: None, ops: Actor) -> Callable[..., MachineToken]:
    """Issues a token that works for a day: machine("ci", PLATFORM_OPS)."""

    def issue(name: str = "ci", held: str = PLATFORM_OPS, **other: Any) -> MachineToken:
        return MachineToken.issue(name, [held], **{"days": 1, "by": ops, **other})

    return issue


def caller_with(token: MachineToken) -> Caller:
    return Caller({"Authorization": f"Bearer {signed(token)}"})


def test_it_may_do_what_its_roles_allow(machine: Callable[..., MachineToken]) -> None:
    assert caller_with(machine()).post(f"{PROBLEM}/incidents", NEW).status_code == 201
    assert caller_with(machine("dpo", DATA_PROTECTION_OFFICER)).get(f"{ADMIN}/incidents").status_code == 403


def test_the_audit_trail_tells_name_and_token(machine: Callable[..., MachineToken]) -> None:
    token = machine()
    caller_with(token).post(f"{PROBLEM}/incidents", NEW)
    entry = AuditEntry.objects.get(action="opened")
    assert (entry.actor, entry.via, entry.token) == ("ci", "api", token.jti)


def test_a_revoked_one_is_refused_at_once(machine: Callable[..., MachineToken], ops: Actor) -> None:
    token = machine()
    caller = caller_with(token)
    assert caller.get(f"{ADMIN}/incidents").status_code == 200
    token.revoke(by=ops)
    answer = caller.get(f"{ADMIN}/incidents")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert caller.get(f"{PROBLEM}/overview").status_code == 401


def test_an_expired_one_is_refused(machine: Callable[..., MachineToken]) -> None:
    token = machine(now=timezone.now() - timedelta(days=2))
    assert caller_with(token).get(f"{ADMIN}/incidents").status_code == 401


def test_the_database_decides_on_its_end(machine: Callable[..., MachineToken]) -> None:
    token = machine()
    caller = caller_with(token)
    MachineToken.objects.update(expires_at=timezone.now())
    assert caller.get(f"{ADMIN}/incidents").status_code == 401


def test_the_database_decides_on_roles(machine: Callable[..., MachineToken]) -> None:
    token = machine()
    caller = caller_with(token)
    MachineToken.objects.update(roles=[])
    assert caller.get(f"{ADMIN}/incidents").status_code == 403


def test_its_use_is_noted(machine: Callable[..., MachineToken]) -> None:
    token = machine()
    caller_with(token).get(f"{ADMIN}/incidents")
    token.refresh_from_db()
    assert token.last_used_at is not None


@pytest.mark.parametrize("path", ["refresh", "blacklist"])
def test_it_is_no_refresh_token(machine: Callable[..., MachineToken], path: str) -> None:
    assert Caller().post(f"/api/v1/auth/token/{path}", {"refresh": signed(machine())}).status_code == 401


def forged(**claims: object) -> Caller:
    usual = {"token_type": "machine", "exp": 4_000_000_000, "jti": "unknown", "roles": [PLATFORM_OPS]}
    return Caller({"Authorization": f"Bearer {jwt.encode({**usual, **claims}, settings.SECRET_KEY)}"})


@pytest.mark.parametrize("claims", [{}, {"token_type": "access"}, {"user_id": "1"}, {"exp": 1}, {"exp": 10**18}])
def test_one_that_nobody_issued_is_refused(machine: Callable[..., MachineToken], claims: dict[str, Any]) -> None:
    assert forged(**claims).get(f"{ADMIN}/incidents").status_code == 401


@pytest.mark.parametrize("kind", [AccessToken, RefreshToken])
def test_a_users_token_is_no_machine(
    machine: Callable[..., MachineToken], operator: User, kind: type[AccessToken | RefreshToken]
) -> None:
    token = kind.for_user(operator)
    token["jti"], token["token_type"], token["user_id"] = machine().jti, "access", "999999"
    caller = Caller({"Authorization": f"Bearer {token}"})
    assert caller.get(f"{ADMIN}/incidents").status_code == 401


def test_each_is_a_subject_of_its_own(machine: Callable[..., MachineToken], operator: User) -> None:
    ci, other = machine("ci"), machine("other")
    assert subject(signed(ci)) == "machine:ci" != subject(signed(other))
    assert subject(str(AccessToken.for_user(operator))) == f"local:{operator.pk}"


def test_its_successor_under_the_same_name_is_the_same_subject(
    machine: Callable[..., MachineToken], ops: Actor
) -> None:
    first = machine("ci")
    before = subject(signed(first))
    first.revoke(by=ops)
    assert subject(signed(machine("ci"))) == before


def subject(token: str) -> str:
    plain = RequestFactory().get("/", headers={"Authorization": f"Bearer {token}"})
    return subject_of(Request(plain, authenticators=[TokenAuthentication()]))
