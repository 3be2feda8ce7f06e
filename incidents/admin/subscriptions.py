from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from incidents.admin.access import actor_of, may_see_subscribers
from incidents.admin.columns import moment
from incidents.admin.desk import DeskAdmin
from incidents.admin.forms.base import DeskForm
from incidents.models import Subscription


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


@admin.register(Subscription)
class SubscriptionAdmin(DeskAdmin):
    """Who is subscribed, for ops and the data protection officer: to be read, and erased for good."""

    list_display = ("address", "is_confirmed", "digest_frequency", "since")
    list_filter = (VerifiedFilter, "digest_frequency")
    search_fields = ("address",)
    fields = (
        "address",
        "verified_at",
        "notify_incidents",
        "notify_maintenance",
        "notify_recovery",
        "digest_frequency",
        "everything",
        "services",
        "groups",
        "confirmation_sent_at",
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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

    @admin.display(description="Confirmed", boolean=True)
    def is_confirmed(self, subscription: Subscription) -> bool:
        return subscription.verified_at is not None

    @admin.display(description="Since", ordering="created_at")
    def since(self, subscription: Subscription) -> str:
        return moment(subscription.created_at)
