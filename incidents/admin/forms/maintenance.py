from datetime import datetime
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.admin.forms.base import Instant, LongText, to_the_minute
from incidents.admin.forms.timeline import NOTIFY, StoryForm, story_of
from incidents.admin.forms.versioned import VersionedForm
from incidents.errors import Violations
from incidents.lifecycle import MaintenanceStatus, default_message
from incidents.models import MaintenanceWindow, Service


class ServicesField(forms.MultipleChoiceField):
    """Checkboxes over slugs; `chosen` gives the services."""

    def __init__(self) -> None:
        super().__init__(label=_("Services"), widget=forms.CheckboxSelectMultiple, required=False)

    def offer(self) -> None:
        self.services = {service.slug: service for service in Service.objects.all()}
        self.choices = [(slug, service.name) for slug, service in self.services.items()]

    def chosen(self, slugs: list[str]) -> list[Service]:
        return [self.services[slug] for slug in slugs]


class PlanFields(StoryForm):
    scheduled_start_at = Instant(label=_("Starts"))
    scheduled_end_at = Instant(label=_("Ends"))
    services = ServicesField()
    automatic = forms.BooleanField(
        label=_("Start and complete it automatically, on time"), required=False, initial=True
    )

    @property
    def services_field(self) -> ServicesField:
        return cast("ServicesField", self.fields["services"])


class ScheduleForm(PlanFields):
    MORE = ("description", "is_public")
    field_order = ("title", "scheduled_start_at", "scheduled_end_at", "services", "message", "automatic", "notify")

    message = LongText(label=_("Message"), required=False)
    notify = forms.BooleanField(label=NOTIFY, required=False, initial=True)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.services_field.offer()
        self.fields["message"].widget.attrs["placeholder"] = default_message(MaintenanceStatus.SCHEDULED)

    def faults(self, now: datetime) -> Violations:
        return MaintenanceWindow.check_new(now, **self.cleaned_data)

    def given(self) -> dict[str, Any]:
        """The arguments of `MaintenanceWindow.schedule`."""
        return {**self.cleaned_data, "services": self.services_field.chosen(self.cleaned_data["services"])}


class PlanForm(PlanFields, VersionedForm[MaintenanceWindow]):
    renamed = {"affected_services": "services"}
    field_order = ("title", "scheduled_start_at", "scheduled_end_at", "services", "automatic", "description")

    def build(self) -> None:
        self.services_field.offer()

    def present(self) -> dict[str, Any]:
        window = self.timeline
        return {
            **story_of(window),
            "scheduled_start_at": to_the_minute(window.scheduled_start_at),
            "scheduled_end_at": to_the_minute(window.scheduled_end_at),
            "automatic": window.automatic,
            "services": [service.slug for service in window.services.all()],
        }

    def given(self) -> dict[str, Any]:
        """The arguments of `edit`."""
        changes = self.changes()
        if "services" in changes:
            changes["services"] = self.services_field.chosen(changes["services"])
        return {**changes, "version": self.cleaned_data["version"]}
