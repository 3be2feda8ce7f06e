"""The tokens of programs: signed by us, of a type of their own, and looked up each time: revoking works at once."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import Token

from incidents.models import MachineToken


class MachineAccess(Token):
    """Neither refreshes nor is refreshed: its type is neither "access" nor "refresh"."""

    token_type = "machine"  # noqa: S105
    lifetime = timedelta()  # the row says


def signed(machine: MachineToken) -> str:
    """What the program sends. Made from the row, so it can be shown once and need not be stored."""
    token = MachineAccess()
    token.payload |= {
        "jti": machine.jti,
        "name": machine.name,
        "roles": machine.roles,
        "iat": int(machine.created_at.timestamp()),
        "exp": int(machine.expires_at.timestamp()),
    }
    return str(token)


def bearer_of(token: Any) -> MachineToken:
    """Raises InvalidToken for one that is revoked, expired by its row, or that the database does not know."""
    now = timezone.now()
    machine = MachineToken.objects.unrevoked().filter(jti=token["jti"], expires_at__gt=now).first()
    if machine is None:
        raise InvalidToken
    machine.note_use(now)
    return machine
