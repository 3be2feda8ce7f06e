from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, F, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from incidents.admin.access import actor_of, ops_only
from incidents.admin.columns import WordsFilter, age, badge, moment
from incidents.admin.forms.incident import DetailsForm, PostmortemForm, ReportForm
from incidents.admin.timelines import TimelineAdmin
from incidents.lifecycle import IncidentStatus
from incidents.models import Incident


@admin.register(Incident)
class IncidentAdmin(TimelineAdmin):
    details_form = DetailsForm
    list_display = ("title", "state", "how_bad", "began", "duration", "last_word", "is_public")
    list_filter = (("status", WordsFilter), ("severity", WordsFilter), "is_public")
    search_fields = ("title",)
    ordering = (
        Case(When(status=IncidentStatus.RESOLVED, then=Value(1)), default=Value(0)),
        F("started_at").desc(nulls_first=True),
    )

    def desk_urls(self) -> list[URLPattern]:
        return [*super().desk_urls(), self.page("postmortem/", self.postmortem_view, "postmortem")]

    @admin.display(description="Severity", ordering="severity")
    def how_bad(self, incident: Incident) -> SafeString:
        return badge(incident.severity)

    @admin.display(description="Began", ordering="started_at")
    def began(self, incident: Incident) -> str:
        return moment(incident.started_at)

    @admin.display(description="Duration")
    def duration(self, incident: Incident) -> str:
        if incident.resolved_at and incident.started_at:
            return timesince(incident.started_at, incident.resolved_at)
        return age(incident.started_at)

    @ops_only
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        def report(form: ReportForm) -> str:
            incident = Incident.open(by=actor_of(request), **form.given())
            messages.success(request, _("Saved as a draft.") if not incident.is_visible else _("Published."))
            return self.address("change", incident.pk)

        wanted = self.get_object(request, request.GET.get("continues", ""))
        make = partial(ReportForm, request.POST or None, continues=wanted)
        return self.serve(request, make, report, title=_("Report an incident"), send=_("Report it"))

    @ops_only
    def postmortem_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        incident = self.find(request, object_id)

        def write(form: PostmortemForm) -> str:
            given = {name: form.cleaned_data[name] for name in ("body", "published", "version")}
            incident.write_postmortem(by=actor_of(request), **given)
            messages.success(request, _("Saved and shown.") if given["published"] else _("Saved, not shown."))
            return self.address("change", incident.pk)

        make = partial(PostmortemForm, incident, request.POST or None)
        return self.serve(request, make, write, **self.surroundings(incident, _("Postmortem")))
