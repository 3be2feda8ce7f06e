"""A key belongs to who sent it, by whichever token; and who may not write sees no answer again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from rest_framework_simplejwt.tokens import RefreshToken

from incidents import roles
from incidents.models import IdempotencyRecord, Subscription
from tests.api.calling import Caller
from tests.api.conftest import caller_for
from tests.api.idempotency.conftest import INCIDENTS, NEW, is_replay

KEY = {"X_Idempotency_Key": "K"}


def test_another_user_has_keys_of_their_own(retrying: Caller, user: Callable[..., User]) -> None:
    """I08"""
    first = retrying.post(INCIDENTS, NEW)
    other = caller_for(user("other", roles.PLATFORM_OPS)).post(INCIDENTS, NEW, **KEY)
    assert (other.status_code, other.has_header("Idempotent-Replayed")) == (201, False)
    assert other.json()["data"]["id"] != first.json()["data"]["id"]


def test_a_refreshed_token_is_the_same_user(anyone: Caller, operator: User) -> None:
    """I09"""
    refresh = RefreshToken.for_user(operator)
    first = bearer(refresh.access_token).post(INCIDENTS, NEW, **KEY)
    pair = anyone.post("/api/v1/auth/token/refresh", {"refresh": str(refresh)}).json()
    assert is_replay(bearer(pair["access"]).post(INCIDENTS, NEW, **KEY), first)


def test_another_login_is_the_same_user(operator: User) -> None:
    """I10: the API takes no session, so two logins are two tokens."""
    first, again = (caller_for(operator).post(INCIDENTS, NEW, **KEY) for _ in range(2))
    assert is_replay(again, first)


def test_who_is_not_known_spends_no_key(anyone: Caller, retrying: Caller) -> None:
    """I15"""
    assert anyone.post(INCIDENTS, NEW, **KEY).status_code == 401
    assert not IdempotencyRecord.objects.exists()
    assert retrying.post(INCIDENTS, NEW).status_code == 201


def test_who_lacks_the_role_spends_no_key(user: Callable[..., User]) -> None:
    """I16"""
    viewer = user("viewer")
    assert caller_for(viewer).post(INCIDENTS, NEW, **KEY).status_code == 403
    viewer.groups.add(Group.objects.get(name=roles.PLATFORM_OPS))
    assert caller_for(viewer).post(INCIDENTS, NEW, **KEY).status_code == 201


@pytest.mark.parametrize("end", ["deactivated", "without the role"])
def test_who_may_no_longer_write_sees_no_answer_again(retrying: Caller, operator: User, end: str) -> None:
    """I24"""
    first = retrying.post(INCIDENTS, {**NEW, "title": "Confidential"})
    if end == "deactivated":
        operator.is_active = False
        operator.save()
    else:
        operator.groups.clear()
    again = retrying.post(INCIDENTS, {**NEW, "title": "Confidential"})
    assert (first.status_code, again.status_code) == (201, 401 if end == "deactivated" else 403)
    assert b"Confidential" not in again.content
    assert not again.has_header("Idempotent-Replayed")


def test_who_is_nobody_in_particular_is_told_by_address(db: None) -> None:
    """I38"""

    def subscribe(address: str, email: str) -> Any:
        caller = Caller(client=Client(REMOTE_ADDR=address))
        return caller.post("/status/v1/subscriptions", {"email": email}, **KEY)

    first = subscribe("203.0.113.7", "a@example.com")
    assert first.status_code == 201
    assert is_replay(subscribe("203.0.113.7", "a@example.com"), first)
    assert subscribe("203.0.113.7", "b@example.com").status_code == 409
    assert subscribe("203.0.113.8", "b@example.com").status_code == 201
    assert Subscription.objects.count() == 2
    assert not [row for row in IdempotencyRecord.objects.values_list("scope", flat=True) if "203" in row]


def bearer(token: object) -> Caller:
    return Caller({"Authorization": f"Bearer {token}"})
