from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from rest_framework_simplejwt.tokens import AccessToken

from incidents import roles
from tests.api.calling import Caller


@pytest.fixture
def anyone(db: None) -> Caller:
    return Caller()


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
