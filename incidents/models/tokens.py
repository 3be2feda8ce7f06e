"""Subscribers' tokens. They are signed, not stored: each names one subscription and is good for one purpose.

A token dies with its subscription, with its generation, and with the last of SECRET_KEY and SECRET_KEY_FALLBACKS
that knew it. Its characters need no escape in a path or a query.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.core.signing import BadSignature, TimestampSigner

from incidents.errors import InvalidToken
from incidents.models.identifiers import LENGTH


class Purpose(StrEnum):
    CONFIRM = "confirm"
    MANAGE = "manage"
    UNSUBSCRIBE = "unsubscribe"


LIFETIMES = {Purpose.CONFIRM: timedelta(days=7)}  # the others live as long as the subscription

_SHAPE = re.compile(rf"[a-z0-9]{{{LENGTH}}}\.[0-9]{{1,9}}\.[A-Za-z0-9]{{1,12}}\.[A-Za-z0-9_-]{{43}}", re.ASCII)


@dataclass(frozen=True)
class Named:
    """What a token names."""

    subscription: str
    generation: int


def issue(purpose: Purpose, named: Named) -> str:
    return _signer(purpose).sign(f"{named.subscription}.{named.generation}")


def read(token: str, *purposes: Purpose, even_expired: bool = False) -> Named:
    """Raises InvalidToken for what was signed for none of the purposes, or by nobody here, or too long ago."""
    if not _SHAPE.fullmatch(token):
        raise InvalidToken
    for purpose in purposes:
        try:
            value = _signer(purpose).unsign(token, max_age=None if even_expired else LIFETIMES.get(purpose))
        except BadSignature:
            continue
        subscription, generation = value.split(".")
        return Named(subscription, int(generation))
    raise InvalidToken


def _signer(purpose: Purpose) -> TimestampSigner:
    return TimestampSigner(sep=".", salt=f"incidents.subscription.{purpose}")
