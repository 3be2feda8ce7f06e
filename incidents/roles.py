"""Who may do what. Roles are Django groups; a token carries them in its `roles` claim."""

from typing import Any

PLATFORM_OPS = "PLATFORM_OPS"
DATA_PROTECTION_OFFICER = "DATA_PROTECTION_OFFICER"
ALL = (PLATFORM_OPS, DATA_PROTECTION_OFFICER)


def of(user: Any) -> tuple[str, ...]:
    """The roles that an active user holds; a superuser holds all."""
    if not getattr(user, "is_active", False):
        return ()
    if user.is_superuser:
        return ALL
    return tuple(user.groups.filter(name__in=ALL).order_by("name").values_list("name", flat=True))
