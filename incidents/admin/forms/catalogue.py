from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.admin.forms.base import DeskForm, LongText, Text
from incidents.admin.forms.versioned import SeenForm
from incidents.models import ServiceGroup
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


class EntryRemovalForm(DeskForm):
    """Nothing to fill in: a confirmation."""
