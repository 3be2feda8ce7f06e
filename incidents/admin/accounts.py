"""People and groups, for superusers. What other apps show of them is replaced: each change is in the audit trail,
and nobody sees a token.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from incidents import second_factor
from incidents.admin.access import actor_of
from incidents.admin.desk import SafeLists
from incidents.models import AuditEntry

_SECRET = ("password", "password1", "password2")


def take_over() -> None:
    for model in (User, Group, OutstandingToken, BlacklistedToken, TOTPDevice, StaticDevice):
        admin.site.unregister(model)
    admin.site.register(User, PersonAdmin)
    admin.site.register(Group, RoleAdmin)
    admin.site.register(OutstandingToken, RefreshTokenAdmin)


def tell_of_new_password(request: HttpRequest, user: Any) -> None:
    AuditEntry.record("password_changed", user, by=actor_of(request), now=timezone.now())


class SuperusersOnly:
    """Who may change accounts can make themselves anything."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)


class AuditedAdmin(SuperusersOnly, SafeLists):
    """The stock forms, which write by themselves: what they change is told to the audit trail with it."""

    actions: tuple[str, ...] | None = None  # none that deletes many at once

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = _shown(form, form.initial) if change else {}
        super().save_related(request, form, formsets, change)
        after = _shown(form, form.cleaned_data)
        if after or not change:
            action = "changed" if change else "created"
            now = timezone.now()
            AuditEntry.record(action, form.instance, by=actor_of(request), now=now, before=before, after=after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        AuditEntry.record("deleted", obj, by=actor_of(request), now=timezone.now())
        super().delete_model(request, obj)


class PersonAdmin(AuditedAdmin, UserAdmin):  # type: ignore[type-arg]
    actions = ("reset_second_factor",)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """The stock page for somebody's password calls nothing else of ours."""
        if isinstance(form, self.change_password_form):
            tell_of_new_password(request, form.user)
        return super().construct_change_message(request, form, formsets, add)

    @admin.action(description="Take the second factor away, so that they can set up another")
    def reset_second_factor(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        for user in chosen:
            if second_factor.turn_off(user, by=actor_of(request)):
                messages.success(request, _("Taken away: the second factor of %(name)s.") % {"name": user})
            else:
                messages.warning(request, _("%(name)s has no second factor.") % {"name": user})


class RoleAdmin(AuditedAdmin, GroupAdmin):
    pass


class RefreshTokenAdmin(SuperusersOnly, SafeLists):
    """Who can renew access to the API, and until when: to be looked at and ended. The tokens themselves are shown to
    nobody, for they are as good as a login.
    """

    actions = ("use_up",)
    list_display = ("user", "jti", "created_at", "expires_at", "is_used_up")
    list_select_related = ("user", "blacklistedtoken")
    search_fields = ("user__username", "jti")
    ordering = ("-id",)
    fields = ("user", "jti", "created_at", "expires_at", "is_used_up")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="End at once", permissions=["view"])
    def use_up(self, request: HttpRequest, chosen: QuerySet[OutstandingToken]) -> None:
        for token in chosen:
            _, is_first = BlacklistedToken.objects.get_or_create(token=token)
            if is_first:
                AuditEntry.record(
                    "refresh_token_ended", token.user or token.jti, by=actor_of(request), now=timezone.now()
                )

    @admin.display(description="Used up", boolean=True)
    def is_used_up(self, token: OutstandingToken) -> bool:
        return hasattr(token, "blacklistedtoken")


def _is_superuser(request: HttpRequest) -> bool:
    user = request.user
    return user.is_active and user.is_staff and user.is_superuser


def _shown(form: forms.Form, values: Mapping[str, Any]) -> dict[str, object]:
    """What differs, as the trail keeps it; of a password only that."""
    return {name: _plain(name, values.get(name)) for name in form.changed_data}


def _plain(name: str, value: Any) -> object:
    if name in _SECRET:
        return "***"
    if isinstance(value, QuerySet | list | tuple):
        return sorted(str(one) for one in value)
    return value if value is None or isinstance(value, bool | int) else str(value)
