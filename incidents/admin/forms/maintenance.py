from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.admin.forms.base import Instant, LongText, to_the_minute
from incidents.admin.forms.telling import TellingForm
from incidents.admin.forms.timeline import AppearingForm, StoryForm, story_of
from incidents.admin.forms.versioned import VersionedForm
from incidents.errors import Violations
from incidents.lifecycle import MaintenanceStatus, default_message
from incidents.models import MaintenanceWindow, Service
from incidents.models.audience import Topic


class ServicesField(forms.MultipleChoiceField):
    """Checkboxes over slugs; `chosen` gives the services."""

    def __init__(self) -> None:
        super().__init__(label=_("Services"), widget=forms.CheckboxSelectMultiple, required=False)

    def offer(self) -> None:
        self.services = {service.slug: service for service in Service.objects.all()}
        self.choices = [(slug, service.name) for slug, service in self.services.items()]

    def chosen(self, slugs: list[str]) -> list[Service]:
        return [self.services[slug] for slug in slugs]


class PlanFields(TellingForm, StoryForm):
    scheduled_start_at = Instant(label=_("Starts"))
    scheduled_end_at = Instant(label=_("Ends"))
    services = ServicesField()
    automatic = forms.BooleanField(
        label=_("Start and complete it automatically, on time"), required=False, initial=True
    )

    @property
    def services_field(self) -> ServicesField:
        return cast("ServicesField", self.fields["services"])

    def topic(self) -> Topic:
        offered, chosen = self.services_field.services, self["services"].value() or ()
        public = [slug for slug in chosen if slug in offered and offered[slug].is_public]
        return Topic(is_maintenance=True, is_recovery=False, services=public)


class ScheduleForm(PlanFields):
    MORE = ("description", "is_public")
    PREVIEWED = "message"
    field_order = ("title", "scheduled_start_at", "scheduled_end_at", "services", "message", "automatic", "notify")

    message = LongText(label=_("Message"), required=False)

    def __init__(self, data: QueryDict | None = None, plan: Mapping[str, datetime] | None = None) -> None:
        super().__init__(data, initial={**(plan or {})})
        self.services_field.offer()
        self.fields["message"].widget.attrs["placeholder"] = default_message(MaintenanceStatus.SCHEDULED)

    def faults(self, now: datetime) -> Violations:
        return MaintenanceWindow.check_new(now, **self.cleaned_data)

    def appears(self) -> bool:
        return bool(self["is_public"].value())

    def given(self) -> dict[str, Any]:
        """The arguments of `MaintenanceWindow.schedule`."""
        return {**self.cleaned_data, "services": self.services_field.chosen(self.cleaned_data["services"])}


class ExtendForm(VersionedForm[MaintenanceWindow]):
    MINUTES = (("15", _("15 minutes")), ("30", _("30 minutes")), ("60", _("1 hour")), ("120", _("2 hours")))

    minutes = forms.ChoiceField(label=_("It takes longer by"), choices=MINUTES, widget=forms.RadioSelect, initial="30")
    message = LongText(label=_("Message"), required=False, help_text=_("Without one, it says that the end has moved."))
    notify = forms.BooleanField(label=_("Tell subscribers"), required=False, initial=True)

    def given(self) -> dict[str, Any]:
        """The arguments of `extend`."""
        typed = self.cleaned_data
        more = timedelta(minutes=int(typed["minutes"]))
        return {"by_how_much": more, **{name: typed[name] for name in ("message", "notify", "version")}}


class PlanForm(PlanFields, AppearingForm[MaintenanceWindow]):
    renamed = {"affected_services": "services"}
    field_order = (
        "title",
        "scheduled_start_at",
        "scheduled_end_at",
        "services",
        "automatic",
        "description",
        "is_public",
        "notify",
    )

    def build(self) -> None:
        super().build()
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
        given = super().given()
        if "services" in given:
            given["services"] = self.services_field.chosen(given["services"])
        return given
