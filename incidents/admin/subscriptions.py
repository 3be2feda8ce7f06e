from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from incidents.admin.access import actor_of, is_ops, may_see_subscribers
from incidents.admin.columns import badge, moment
from incidents.admin.forms.base import DeskForm
from incidents.admin.lists import ListAdmin
from incidents.admin.person import PersonAdmin
from incidents.admin.words import capital
from incidents.errors import words
from incidents.models import Channel, Subscription
from incidents.models.endpoint import Disabled


class ErasureForm(DeskForm):
    """Nothing to type: the button says it all."""


class VerifiedFilter(admin.SimpleListFilter):
    title = "confirmed"
    parameter_name = "verified"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(verified_at__isnull=self.value() == "no")


class HealthFilter(admin.SimpleListFilter):
    title = "health"
    parameter_name = "health"
    WHICH: ClassVar[dict[str, tuple[Any, Q]]] = {
        "well": (_l("Well"), Q(disabled_at=None, failing_since=None)),
        "failing": (_l("Failing"), Q(disabled_at=None, failing_since__isnull=False)),
        "bouncing": (_l("Bouncing"), Q(channel=Channel.EMAIL) & (Q(failures__gt=0) | Q(disabled_because="bouncing"))),
        "disabled": (_l("Disabled"), Q(disabled_at__isnull=False)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, words) for name, (words, _) in self.WHICH.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(self.WHICH.get(self.value() or "", ("", Q()))[1])


@admin.register(Subscription)
class SubscriptionAdmin(PersonAdmin, ListAdmin):
    """Who is subscribed, for ops and the data protection officer: to be read, and erased for good. Of an endpoint
    nobody sees more than the host."""

    actions = ("disable", "enable")
    list_display = ("address", "means", "is_confirmed", "health", "digest_frequency", "since")
    list_filter = (VerifiedFilter, "channel", "digest_frequency", HealthFilter)
    search_fields = ("address", "host")
    fields = (
        "address",
        "channel",
        "host",
        "health",
        "failing_since",
        "failures",
        "verified_at",
        "notify_incidents",
        "notify_maintenance",
        "notify_recovery",
        "digest_frequency",
        "everything",
        "services",
        "groups",
        "incidents",
        "language",
        "secret_rotated_at",
        "asked_at",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields
    change_form_template = "admin/desk/audit_entry.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_see_subscribers(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_see_subscribers(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_see_subscribers(request)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not may_see_subscribers(request):
            raise PermissionDenied
        subscription = self.find(request, object_id)

        def erase(form: forms.Form) -> str:
            Subscription.erase(subscription.address, by=actor_of(request))
            messages.success(request, _("Erased. The audit trail says that it happened, but not whom it was about."))
            return self.address("changelist")

        make = partial(ErasureForm, request.POST if request.method == "POST" else None)
        context = {"title": _("Erase all about this address?"), "entry": subscription.address}
        back = self.address("change", subscription.pk)
        return self.serve(request, make, erase, "admin/desk/erase.html", back=back, **context)

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return is_ops(request)

    @admin.action(description="Disable: nothing is sent until ops enable it", permissions=["manage"])
    def disable(self, request: HttpRequest, chosen: QuerySet[Subscription]) -> None:
        done = sum(row.disable(Disabled.BY_OPS, by=actor_of(request)) for row in chosen)
        messages.success(request, _("Disabled: %(n)d.") % {"n": done})

    @admin.action(description="Enable: count failures anew", permissions=["manage"])
    def enable(self, request: HttpRequest, chosen: QuerySet[Subscription]) -> None:
        done = sum(row.enable(by=actor_of(request)) for row in chosen)
        messages.success(request, _("Enabled: %(n)d.") % {"n": done})

    @admin.display(description="By", ordering="channel")
    def means(self, subscription: Subscription) -> str:
        return f"{capital(subscription.channel)} {subscription.host}".strip()

    @admin.display(description="Health")
    def health(self, subscription: Subscription) -> SafeString:
        if subscription.disabled_at:
            return badge("disabled", f"{_('Disabled')}: {words(subscription.disabled_because)}")
        return badge("failing") if subscription.failing_since else badge("well")

    @admin.display(description="Confirmed", boolean=True)
    def is_confirmed(self, subscription: Subscription) -> bool:
        return subscription.verified_at is not None

    @admin.display(description="Since", ordering="created_at")
    def since(self, subscription: Subscription) -> str:
        return moment(subscription.created_at)
