"""Who asks, and whether they are platform ops. Tokens only: a browser's session opens nothing here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.settings import api_settings

from incidents import roles
from incidents.models import Actor
from statussite.middleware import context_of

# What these claims must be before the database sees them. An issuer may put anything there.
_CLAIMS = {
    api_settings.USER_ID_CLAIM: re.compile(r"[0-9]{1,18}", re.ASCII),
    api_settings.JTI_CLAIM: re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII),
}


@contextmanager
def good_or_401() -> Iterator[None]:
    """A token is good or it is a 401, whatever somebody put into it; a database that is away is no 401."""
    try:
        yield
    except (APIException, OperationalError):
        raise
    except Exception as error:  # exp of 10^18, a date that no clock knows, bytes that are no text …
        raise InvalidToken from error


class TokenAuthentication(JWTAuthentication):
    def authenticate(self, request: Request) -> Any:
        with good_or_401():
            return super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def get_user(self, validated_token: Any) -> Any:
        if not all(shape.fullmatch(str(validated_token.get(claim))) for claim, shape in _CLAIMS.items()):
            raise InvalidToken
        return super().get_user(validated_token)


class IsOps(BasePermission):
    message = "This needs the role PLATFORM_OPS."

    def has_permission(self, request: Request, view: Any) -> bool:
        return is_ops(request)


def is_ops(request: Request) -> bool:
    """Asked of the database once per request: a role that was taken away works no longer, whatever the token says."""
    known = getattr(request, "_is_ops", None)
    if known is None:
        known = roles.PLATFORM_OPS in roles.of(request.user)
        request._is_ops = known  # type: ignore[attr-defined]
    return bool(known)


def actor_of(request: Request) -> Actor:
    token: Any = request.auth
    return Actor(
        name=request.user.get_username(),
        via="api",
        address=context_of(request._request).address,
        token=str(token.get(api_settings.JTI_CLAIM, "")),
    )
