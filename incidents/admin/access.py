"""Who may enter the desk, and in whose name it acts."""

import functools
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from incidents import roles
from incidents.models import Actor
from statussite.middleware import context_of

_ASKED = "_is_platform_ops"


def is_ops(request: HttpRequest) -> bool:
    """Whether this is staff with the role of platform ops; asks the database once per request."""
    if not hasattr(request, _ASKED):
        setattr(request, _ASKED, bool(getattr(request.user, "is_staff", False)) and _has_role(request.user))
    return bool(getattr(request, _ASKED))


def may_see_subscribers(request: HttpRequest) -> bool:
    """Platform ops, and the data protection officer."""
    is_staff = bool(getattr(request.user, "is_staff", False))
    return is_ops(request) or (is_staff and roles.DATA_PROTECTION_OFFICER in roles.of(request.user))


def _has_role(user: Any) -> bool:
    return roles.PLATFORM_OPS in roles.of(user)


def actor_of(request: HttpRequest) -> Actor:
    return Actor(name=request.user.get_username(), via="admin", address=context_of(request).address)


class OpsOnly:
    """Platform ops see and do everything; to other staff these models do not exist."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_ops(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_ops(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_ops(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_ops(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_ops(request)


def ops_only[R: HttpResponseBase](view: Callable[..., R]) -> Callable[..., R]:
    """Guards a view of ours, as the stock views guard themselves by the methods above."""

    @functools.wraps(view)
    def guarded(self: OpsOnly, request: HttpRequest, *args: str, **kwargs: Any) -> R:
        if not is_ops(request):
            raise PermissionDenied
        return view(self, request, *args, **kwargs)

    return guarded
