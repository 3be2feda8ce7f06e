"""Tokens of an outside issuer: believed when one of its published keys has signed them, for us, and not for ever."""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jwt
from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.exceptions import InvalidToken

from incidents import roles
from incidents.api.jwks import ALGORITHMS, KeyServer

LEEWAY = 30  # seconds
_TYPES = ("jwt", "at+jwt", "application/at+jwt")  # not a logout token, nor whatever else an issuer signs
_MAX_TEXT = 255
_MAX_NAME = 255

type Claims = Mapping[str, Any]


@dataclass(frozen=True)
class ForeignUser:
    """Somebody whom the issuer knows and we do not: no row in our database. `subject` is unique for the issuer."""

    issuer: str
    subject: str
    roles: tuple[str, ...] = ()
    email: str = ""

    is_authenticated: ClassVar[bool] = True

    def get_username(self) -> str:
        """Tells apart from a user of ours who has the same name."""
        where = f" ({self.issuer})"
        return self.subject[: _MAX_NAME - len(where)] + where


def may_have_signed(raw: bytes) -> bool:
    """Which way to verify: ours are HS256, theirs never. Only a hint, since nothing is verified yet."""
    return bool(settings.JWT_JWKS_URL) and jwt.get_unverified_header(raw).get("alg") in ALGORITHMS


def verify(raw: bytes) -> tuple[ForeignUser, Claims]:
    """Raises DownstreamFailure if the issuer cannot be asked for its key; anything else means that it is no good."""
    unverified = jwt.decode_complete(raw, options={"verify_signature": False})
    if unverified["payload"].get("iss") != settings.JWT_ISSUER:
        raise InvalidToken  # before its key server is asked
    claims = _signed_claims(raw, unverified["header"])
    _check(claims)
    return _user(claims), claims


def _signed_claims(raw: bytes, header: Mapping[str, Any]) -> Claims:
    """Of the header only `kid`, `alg` and `typ` count; `jku`, `x5u` and `jwk` lead nowhere."""
    kid = header.get("kid")
    if not isinstance(kid, str) or str(header.get("typ", "JWT")).lower() not in _TYPES:
        raise InvalidToken
    key = _server(settings.JWT_JWKS_URL).key(kid)
    if key is None:
        raise InvalidToken
    claims: Claims = jwt.decode(
        raw,
        key,
        algorithms=[key.algorithm_name],
        issuer=settings.JWT_ISSUER,
        audience=settings.JWT_AUDIENCE,
        leeway=LEEWAY,
        options={"require": ["exp", "iss", "aud", "sub"]},
    )
    return claims


def _check(claims: Claims) -> None:
    ends, subject = claims["exp"], claims["sub"]
    if isinstance(ends, bool) or not isinstance(ends, int | float) or not math.isfinite(ends):
        raise InvalidToken
    if ends - timezone.now().timestamp() > settings.JWT_MAX_MINUTES * 60 + LEEWAY:
        raise InvalidToken
    if not _is_text(subject) or not subject:
        raise InvalidToken


def _user(claims: Claims) -> ForeignUser:
    email = claims.get("email", "")
    return ForeignUser(
        issuer=settings.JWT_ISSUER,
        subject=claims["sub"],
        roles=roles.known(claims.get("roles")),
        email=email if _is_text(email) else "",
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT and value.isprintable()


@functools.cache
def _server(url: str) -> KeyServer:
    return KeyServer(url)
