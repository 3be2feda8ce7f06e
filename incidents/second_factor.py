"""The second factor: an app that shows a new code every 30 seconds, and recovery codes that work once each."""

import re
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from incidents.models import Actor, AuditEntry
from incidents.models.transaction import in_one_transaction

APP, RECOVERY_CODE = "app", "recovery code"
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is easily taken for something else
_LENGTH = 10
_APP_CODE = re.compile(r"\d{6}", re.ASCII)
_SPACING = re.compile(r"[\s-]+")


def is_on(user: User) -> bool:
    return bool(_apps(user).exists())


def is_required(user: User) -> bool:
    return bool(settings.REQUIRE_SECOND_FACTOR and user.is_staff)


def codes_left(user: User) -> int:
    return sum(device.token_set.count() for device in _recoveries(user))


def new_key() -> str:
    return str(random_hex(20))


def address_for(user: User, key: str) -> str:
    """What the QR code says, `otpauth://…`."""
    return str(TOTPDevice(user=user, key=key).config_url)


@in_one_transaction
def turn_on(user: User, key: str, code: str, *, by: Actor) -> list[str]:
    """The recovery codes, which are known to nobody afterwards; none if the app of `key` shows another code."""
    _lock(user)
    if is_on(user):
        return []
    app = TOTPDevice.objects.create(user=user, key=key, name=APP)
    if not app.verify_token(_tidy(code)):
        app.delete()
        return []
    codes = _give_codes(user)
    AuditEntry.record("second_factor_turned_on", user, by=by, now=timezone.now())
    return codes


@in_one_transaction
def check(user: User, code: str) -> str | None:
    """By which means it is right; it never is again."""
    _lock(user)
    code = _tidy(code)
    if _APP_CODE.fullmatch(code):
        return APP if any(app.verify_token(code) for app in _apps(user)) else None
    digest = _digest(user, code)
    return RECOVERY_CODE if any(device.verify_token(digest) for device in _recoveries(user)) else None


@in_one_transaction
def renew_codes(user: User, *, by: Actor) -> list[str]:
    """Ends the old ones."""
    _lock(user)
    codes = _give_codes(user)
    AuditEntry.record("recovery_codes_renewed", user, by=by, now=timezone.now())
    return codes


@in_one_transaction
def turn_off(user: User, *, by: Actor) -> bool:
    """Whether there was one."""
    _lock(user)
    was_on = is_on(user)
    _apps(user).delete()
    _recoveries(user).delete()
    if was_on:
        AuditEntry.record("second_factor_turned_off", user, by=by, now=timezone.now())
    return was_on


def _lock(user: User) -> None:
    User.objects.select_for_update().filter(pk=user.pk).first()


def _apps(user: User) -> Any:
    return TOTPDevice.objects.filter(user=user, confirmed=True)


def _recoveries(user: User) -> Any:
    return StaticDevice.objects.filter(user=user, confirmed=True)


def _give_codes(user: User) -> list[str]:
    _recoveries(user).delete()
    device = StaticDevice.objects.create(user=user, name=RECOVERY_CODE)
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        device.token_set.create(token=_digest(user, code))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(user: User, code: str) -> str:
    """What is stored of a recovery code: no copy of the database lets anybody in."""
    return salted_hmac("incidents.second_factor", f"{user.pk}:{code}", algorithm="sha256").hexdigest()[:16]


def _tidy(code: str) -> str:
    return _SPACING.sub("", code).lower()
