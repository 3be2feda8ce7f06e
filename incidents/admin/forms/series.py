from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.admin.forms.base import Instant, LongText, Text, to_the_minute
from incidents.admin.forms.catalogue import EntryForm
from incidents.admin.forms.maintenance import ServicesField
from incidents.models import MaintenanceSeries, Service
from incidents.models.series import MAX_DAYS_AHEAD, MAX_MINUTES


class SeriesForm(EntryForm):
    MORE = ("description", "is_public", "automatic", "days_ahead", "position")
    field_order = ("name", "slug", "title", "rule", "first_start_at", "minutes", "services", "announce")

    title = Text(label=_("Title of each window"))
    rule = Text(
        label=_("How it recurs"),
        help_text=_("RRULE (RFC 5545): FREQ=WEEKLY;BYDAY=SU, FREQ=MONTHLY;BYDAY=1TU, FREQ=DAILY;INTERVAL=3 …"),
    )
    first_start_at = Instant(label=_("First start"), help_text=_("The others begin at the same time by the clock."))
    minutes = forms.IntegerField(label=_("Lasts (minutes)"), min_value=1, max_value=MAX_MINUTES, initial=60)
    services = ServicesField()
    announce = forms.BooleanField(
        label=_("Tell subscribers when a window is planned"),
        required=False,
        help_text=_("They are reminded before each one in any case."),
    )
    description = LongText(label=_("Description"), required=False, rows=2)
    is_public = forms.BooleanField(label=_("Public"), required=False, initial=True)
    automatic = forms.BooleanField(
        label=_("Start and complete it automatically, on time"), required=False, initial=True
    )
    days_ahead = forms.IntegerField(
        label=_("Planned so many days ahead"), min_value=1, max_value=MAX_DAYS_AHEAD, initial=14
    )

    def present(self) -> dict[str, Any]:
        present = super().present()
        if not isinstance(self.entry, MaintenanceSeries):
            return present
        slugs = Service.objects.filter(pk__in=self.entry.services).values_list("slug", flat=True)
        start = to_the_minute(self.entry.first_start_at)
        return {**present, "services": list(slugs), "first_start_at": start}

    def build(self) -> None:
        cast("ServicesField", self.fields["services"]).offer()

    def given(self) -> dict[str, Any]:
        given = super().given()
        chosen = cast("ServicesField", self.fields["services"]).chosen(given["services"])
        return {**given, "services": [service.pk for service in chosen]}
