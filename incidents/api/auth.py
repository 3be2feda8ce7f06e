"""Who asks, and what they may do. Tokens only: a browser's session opens nothing here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, ClassVar

from django.conf import settings
from django.db import OperationalError
from django.utils.crypto import salted_hmac
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.settings import api_settings

from incidents import roles
from incidents.api import issuer, machines
from incidents.api.issuer import ForeignUser
from incidents.errors import StatusError
from incidents.models import Actor, MachineToken
from statussite.middleware import context_of

# What these claims must be before the database sees them. An issuer may put anything there.
_USER_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_JTI = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


@contextmanager
def good_or_401() -> Iterator[None]:
    """A token is good or it is a 401, whatever somebody put into it; a database or an issuer that is away is no 401."""
    try:
        yield
    except (APIException, StatusError, OperationalError):
        raise
    except Exception as error:  # exp of 10^18, a date that no clock knows, bytes that are no text …
        raise InvalidToken from error


class TokenAuthentication(JWTAuthentication):
    """Three kinds of callers: users of ours, machines with a token that we issued, users of an outside issuer."""

    def authenticate(self, request: Request) -> Any:
        raw = self.get_raw_token(self.get_header(request) or b"")
        if raw is None:
            return None
        with good_or_401():
            if issuer.may_have_signed(raw):
                return issuer.verify(raw)
            token = self.get_validated_token(raw)
            return self.get_user(token), token

    def get_raw_token(self, header: bytes) -> bytes | None:
        """None where the header is absent, or of a scheme that means nothing here."""
        scheme, *rest = header.split() or [b""]
        if scheme.lower() != b"bearer":
            return None
        if len(rest) != 1:
            raise AuthenticationFailed("The header Authorization must be the word Bearer, a space and one token.")
        return rest[0]

    def get_user(self, validated_token: Any) -> Any:
        if not _JTI.fullmatch(str(validated_token.get(api_settings.JTI_CLAIM))):
            raise InvalidToken
        if isinstance(validated_token, machines.MachineAccess):
            return machines.bearer_of(validated_token)
        if not _USER_ID.fullmatch(str(validated_token.get(api_settings.USER_ID_CLAIM))):
            raise InvalidToken
        return super().get_user(validated_token)


class HasRole(BasePermission):
    """Whoever holds one of `allowed`."""

    allowed: ClassVar[tuple[str, ...]]

    @property
    def message(self) -> str:
        return f"This needs the role {' or '.join(self.allowed)}."

    def has_permission(self, request: Request, view: Any) -> bool:
        return not roles_of(request).isdisjoint(self.allowed)


class IsOps(HasRole):
    allowed = (roles.PLATFORM_OPS,)


class IsOpsOrOfficer(HasRole):
    """For what the data protection officer may do."""

    allowed = (roles.PLATFORM_OPS, roles.DATA_PROTECTION_OFFICER)


@dataclass(frozen=True)
class InternalCaller:
    """A program of ours, known by its key alone, and by `name` to those who may not see that."""

    name: str
    is_active: bool = False  # it holds no role

    def get_username(self) -> str:
        return "internal"


class InternalKeyAuthentication(BaseAuthentication):
    """`X-API-Key`, one of INTERNAL_API_KEYS. Where none are set, nobody gets in. `X-Tenant-ID` means nothing here."""

    def authenticate(self, request: Request) -> tuple[InternalCaller, dict[str, str]]:
        sent = request.headers.get("X-API-Key", "").encode()
        # all of them, so that the time tells nothing of which one it was
        if not sum(compare_digest(sent, key.encode()) for key in settings.INTERNAL_API_KEYS):
            raise AuthenticationFailed("This needs a key of this installation in the header X-API-Key.")
        return InternalCaller(salted_hmac("incidents.internal", sent, algorithm="sha256").hexdigest()[:12]), {}


def is_ops(request: Request) -> bool:
    return roles.PLATFORM_OPS in roles_of(request)


def roles_of(request: Request) -> frozenset[str]:
    """Of a user or machine of ours, asked of the database once per request: a role that was taken away works no
    longer, whatever the token says.
    """
    known = getattr(request, "_roles", None)
    if known is None:
        known = frozenset(roles.of(request.user))
        request._roles = known  # type: ignore[attr-defined]
    return frozenset(known)


def actor_of(request: Request) -> Actor:
    token: Any = request.auth
    jti = str(token.get(api_settings.JTI_CLAIM, ""))
    return Actor(
        name=request.user.get_username(),
        via="api",
        address=context_of(request._request).address,
        token=jti if _JTI.fullmatch(jti) else "",
    )


def subject_of(request: Request) -> str:
    """Who asks, the same for each of their tokens, also for the next one of a program's name; at most 456 characters,
    and none for anybody.
    """
    caller: Any = request.user
    if not caller:
        return ""
    if isinstance(caller, ForeignUser):
        return f"{caller.issuer}|{caller.subject}"
    if isinstance(caller, InternalCaller):
        return f"internal:{caller.name}"
    if isinstance(caller, MachineToken):
        return f"machine:{caller.name}"
    return f"local:{caller.pk}"
