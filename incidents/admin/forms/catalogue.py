from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.admin.forms.base import DeskForm, LongText, Text
from incidents.admin.forms.incident import SeverityField
from incidents.admin.forms.maintenance import ServicesField
from incidents.admin.forms.versioned import SeenForm
from incidents.models import IncidentTemplate, Service, ServiceGroup
from incidents.models.impact import Levels
from incidents.models.service import CatalogueEntry


class EntryForm(SeenForm):
    name = Text(label=_("Name"))
    slug = Text(label=_("Slug"), help_text=_("Its name in URLs and in the API: small letters, digits, hyphens."))
    description = LongText(label=_("Description"), required=False, rows=2, help_text=_("One sentence for visitors."))
    position = forms.IntegerField(
        label=_("Position"),
        min_value=0,
        max_value=32_767,
        initial=0,
        help_text=_("Order on the page; equal ones go by name."),
    )

    def __init__(self, entry: CatalogueEntry | None, data: QueryDict | None = None) -> None:
        self.entry = entry
        super().__init__(entry.updated_at.isoformat() if entry else "", data)

    def present(self) -> dict[str, Any]:
        return self.entry.facts() if self.entry else {}

    def given(self) -> dict[str, Any]:
        """The arguments of `add` and `change`."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class GroupForm(EntryForm):
    pass


class ServiceForm(EntryForm):
    group_id = forms.ChoiceField(label=_("Group"), required=False)
    is_public = forms.BooleanField(
        label=_("Public"), required=False, initial=True, help_text=_("Without it, only ops see it.")
    )
    start_date = forms.DateField(
        label=_("In service since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Before this day the history says “no data”."),
    )

    def build(self) -> None:
        field: Any = self.fields["group_id"]
        field.choices = [("", _("No group")), *((group.pk, group.name) for group in ServiceGroup.objects.all())]

    def given(self) -> dict[str, Any]:
        given = super().given()
        return {**given, "group_id": given["group_id"] or None}


class TemplateForm(EntryForm):
    """Services are hit as the severity says; a level of their own is given through the API, and kept here."""

    field_order = ("name", "slug", "title", "severity", "services", "message", "description", "position")

    title = Text(label=_("Title"), help_text=_("Texts may hold placeholders such as {{ region }}."))
    severity = SeverityField()
    message = LongText(label=_("Message"), required=False)
    description = LongText(label=_("Description"), required=False, rows=2)
    services = ServicesField()

    def present(self) -> dict[str, Any]:
        present = super().present()
        present.pop("levels", None)
        return {**present, "services": [service.slug for service in self._held()]} if present else {}

    def build(self) -> None:
        self._services_field().offer()

    def given(self) -> dict[str, Any]:
        given, held = super().given(), self._held()
        chosen = self._services_field().chosen(given.pop("services"))
        return {**given, "levels": IncidentTemplate.stored({service: held.get(service) for service in chosen})}

    def _held(self) -> Levels:
        return self.entry.levels_of(Service.objects.all()) if isinstance(self.entry, IncidentTemplate) else {}

    def _services_field(self) -> ServicesField:
        return cast("ServicesField", self.fields["services"])


class EntryRemovalForm(DeskForm):
    """Nothing to fill in: a confirmation."""
