"""Who may do what. Roles are Django groups; a token carries them in its `roles` claim."""

from typing import Any

from django.db.models import Q

PLATFORM_OPS = "PLATFORM_OPS"
DATA_PROTECTION_OFFICER = "DATA_PROTECTION_OFFICER"
ALL = (PLATFORM_OPS, DATA_PROTECTION_OFFICER)


def of(who: Any) -> tuple[str, ...]:
    """The roles that an active user holds; a superuser holds all. Who is no user of ours (a machine, somebody of an
    outside issuer) brings them along as `roles`.
    """
    if hasattr(who, "roles"):
        return known(who.roles)
    if not getattr(who, "is_active", False):
        return ()
    if who.is_superuser:
        return ALL
    return tuple(who.groups.filter(name__in=ALL).order_by("name").values_list("name", flat=True))


def known(names: object) -> tuple[str, ...]:
    """Those of a list that are roles here; of anything but a list, none."""
    return tuple(role for role in ALL if role in names) if isinstance(names, list | tuple) else ()


def holding(role: str) -> Q:
    """The users who have it, as `of` tells; one may be found more than once."""
    return Q(is_superuser=True) | Q(groups__name=role)
