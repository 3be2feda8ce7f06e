"""Keyed digests and encryption of what is stored, with keys made from SECRET_KEY and SECRET_KEY_FALLBACKS."""

import base64
import functools
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """Sealed with a key that is gone, or tampered with."""


def seal(content: bytes) -> bytes:
    return _box(_secrets()).encrypt(content)


def unseal(sealed: bytes) -> bytes:
    """Raises Unreadable."""
    try:
        return _box(_secrets()).decrypt(sealed)
    except InvalidToken as error:
        raise Unreadable from error


def digests(content: bytes) -> tuple[str, ...]:
    """64 hexadecimal digits by each key, that of SECRET_KEY first. While processes with the old and the new one run
    side by side, it is the last on which they agree."""
    return tuple(hmac.digest(_key(secret, b"digest"), content, "sha256").hex() for secret in _secrets())


def _secrets() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@functools.lru_cache(maxsize=8)
def _box(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_key(secret, b"encryption"))) for secret in secrets])


@functools.lru_cache(maxsize=32)
def _key(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"statussite " + purpose).derive(secret.encode())
