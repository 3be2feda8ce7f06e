from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from incidents.admin.access import actor_of, ops_only
from incidents.admin.desk import DeskAdmin, audit_address
from incidents.admin.forms.catalogue import EntryForm, EntryRemovalForm, GroupForm, ServiceForm, TemplateForm
from incidents.errors import Conflict
from incidents.models import IncidentTemplate, Service, ServiceGroup
from incidents.models.service import CatalogueEntry
from incidents.models.transaction import in_one_transaction


class EntryAdmin(DeskAdmin):
    model: type[CatalogueEntry]
    entry_form: type[EntryForm]
    search_fields = ("name", "slug")

    def beside(self, entry: Any) -> dict[str, str]:
        """Where else the page of an entry leads."""
        return {}

    @ops_only
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        def add(form: EntryForm) -> str:
            entry = self.model.add(by=actor_of(request), **form.given())
            messages.success(request, _("Added: %(name)s.") % {"name": entry.name})
            return self.address("changelist")

        make = partial(self.entry_form, None, request.POST or None)
        return self.serve(request, make, add, title=_("Add %(kind)s") % {"kind": self.opts.verbose_name})

    @ops_only
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        entry = self.find(request, object_id)
        shown = entry.updated_at

        @in_one_transaction
        def change(form: EntryForm) -> str:
            if self.model._base_manager.select_for_update().filter(pk=entry.pk, updated_at=shown).first() is None:
                raise Conflict(_("Somebody else has changed this just now. Send it again to see what is new."))
            entry.change(by=actor_of(request), **form.given())
            messages.success(request, _("Saved: %(name)s.") % {"name": entry.name})
            return self.address("changelist")

        make = partial(self.entry_form, entry, request.POST or None)
        context = {"removal": self.address("delete", entry.pk), "audit": audit_address(entry), **self.beside(entry)}
        return self.serve(request, make, change, title=str(entry), **context)

    @ops_only
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        entry = self.find(request, object_id)

        def remove(form: EntryRemovalForm) -> str:
            entry.remove(by=actor_of(request))
            messages.success(request, _("Deleted: %(name)s.") % {"name": entry.name})
            return self.address("changelist")

        make = partial(EntryRemovalForm, request.POST if request.method == "POST" else None)
        context = {"title": _("Delete this for good?"), "entry": entry, "back": self.address("change", entry.pk)}
        return self.serve(request, make, remove, "admin/desk/remove.html", **context)


@admin.register(Service)
class ServiceAdmin(EntryAdmin):
    entry_form = ServiceForm
    list_display = ("name", "slug", "group", "position", "is_public")
    list_filter = ("is_public", "group")
    list_select_related = ("group",)


@admin.register(ServiceGroup)
class ServiceGroupAdmin(EntryAdmin):
    entry_form = GroupForm
    list_display = ("name", "slug", "position")


@admin.register(IncidentTemplate)
class TemplateAdmin(EntryAdmin):
    entry_form = TemplateForm
    list_display = ("name", "slug", "severity", "position")
    list_filter = ("severity",)
