from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from rest_framework_simplejwt.tokens import AccessToken

from incidents import roles
from tests.api.calling import Caller


@pytest.fixture
def anyone(db: None) -> Caller:
    return Caller()


@pytest.fixture
def user(db: None) -> Callable[..., User]:
    """Adds a user with roles: user("ann", "PLATFORM_OPS")."""

    def add(name: str, *names: str, **fields: Any) -> User:
        one = User.objects.create_user(name, password="correct horse", **fields)
        one.groups.set(Group.objects.filter(name__in=names))
        return one

    return add


@pytest.fixture
def operator(user: Callable[..., User]) -> User:
    return user("operator", roles.PLATFORM_OPS)


@pytest.fixture
def ops_caller(operator: User) -> Caller:
    return caller_for(operator)


@pytest.fixture
def officer(user: Callable[..., User]) -> Caller:
    return caller_for(user("officer", roles.DATA_PROTECTION_OFFICER))


def caller_for(user: User) -> Caller:
    return Caller({"Authorization": f"Bearer {AccessToken.for_user(user)}"})
