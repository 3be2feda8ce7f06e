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
from incidents.admin.forms.incident import DetailsForm, MergeForm, PostmortemForm, PublicationForm
from incidents.admin.forms.report import ReportForm
from incidents.admin.importing import ImportingAdmin
from incidents.admin.timelines import TimelineAdmin
from incidents.lifecycle import IncidentStatus
from incidents.models import Incident, IncidentTemplate


@admin.register(Incident)
class IncidentAdmin(ImportingAdmin, TimelineAdmin):
    details_form = DetailsForm
    list_display = ("title", "state", "how_bad", "began", "duration", "last_word", "is_public")
    list_filter = (("status", WordsFilter), ("severity", WordsFilter), "is_public")
    search_fields = ("title",)
    change_list_template = "admin/desk/incidents.html"
    ordering = (
        Case(When(status=IncidentStatus.RESOLVED, then=Value(1)), default=Value(0)),
        F("started_at").desc(nulls_first=True),
    )

    def desk_urls(self) -> list[URLPattern]:
        return [
            *super().desk_urls(),
            self.page("postmortem/", self.postmortem_view, "postmortem"),
            self.page("publication/", self.publication_view, "publication"),
            self.page("merge/", self.merge_view, "merge"),
        ]

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
            known = Incident.objects.filter(pk=form.reserved).first()
            incident = known or form.report(by=actor_of(request))
            messages.success(request, _("It was reported already, once.") if known else _reported(incident))
            return self.address("change", incident.pk)

        templates = list(IncidentTemplate.objects.all())
        template = next((one for one in templates if one.slug == request.GET.get("template")), None)
        wanted = self.get_object(request, request.GET.get("continues", ""))
        make = partial(ReportForm, request.POST or None, continues=wanted, template=template)
        context = {"title": _("Report an incident"), "templates": templates, "begun_with": template}
        return self.serve(request, make, report, "admin/desk/report.html", **context)

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

    @ops_only
    def publication_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        incident = self.find(request, object_id)

        def plan(form: PublicationForm) -> str:
            incident.publish_later(form.cleaned_data["publish_at"], by=actor_of(request), **form.given())
            messages.success(request, _saved(incident))
            return self.address("change", incident.pk)

        make = partial(PublicationForm, incident, request.POST or None)
        return self.serve(request, make, plan, **self.surroundings(incident, _("Publish it later")))

    @ops_only
    def merge_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        incident = self.find(request, object_id)

        def merge(form: MergeForm) -> str:
            other = self.find(request, form.cleaned_data["other"])
            incident.merge_into(other, by=actor_of(request), **form.given())
            messages.success(request, _("Merged: this one tells of both now."))
            return self.address("change", other.pk)

        make = partial(MergeForm, incident, request.POST or None)
        return self.serve(request, make, merge, send=_("Merge"), **self.surroundings(incident, _("Merge a duplicate")))


def _reported(incident: Incident) -> str:
    return _saved(incident) if incident.state is IncidentStatus.DRAFT else _published(incident)


def _saved(incident: Incident) -> str:
    if incident.publish_at is None:
        return _("Saved as a draft.")
    return _("It will be published at %(at)s.") % {"at": moment(incident.publish_at)}


def _published(incident: Incident) -> str:
    return _("Published.") if incident.is_visible else _("Saved; only ops see it.")
