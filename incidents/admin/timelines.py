"""The pages that incidents and maintenance windows share: the story with its update form, and what surrounds it."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.admin.access import actor_of, ops_only
from incidents.admin.columns import TimelineColumns, with_last_word
from incidents.admin.desk import audit_address
from incidents.admin.forms.timeline import AppearingForm, CorrectionForm, RemovalForm, UpdateForm
from incidents.admin.now import opened
from incidents.admin.telling import TellingAdmin
from incidents.admin.words import capital
from incidents.models import Event, Service
from incidents.models.clock import database_now
from incidents.models.progress import progress
from incidents.models.timeline import Timeline


class TimelineAdmin(TimelineColumns, TellingAdmin):
    details_form: type[AppearingForm[Any]]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return with_last_word(super().get_queryset(request))

    def desk_urls(self) -> list[URLPattern]:
        return [
            *super().desk_urls(),
            self.page("details/", self.details_view, "details"),
            self.page("updates/<str:update_id>/", self.correct_view, "correct"),
        ]

    @ops_only
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The story: what holds now, the form for the next update, everything said so far."""
        timeline = self.find(request, object_id)

        def post(form: UpdateForm) -> str:
            update = timeline.post_update(by=actor_of(request), **form.given())
            messages.success(request, _("Posted: %(status)s.") % {"status": capital(update.status)})
            return self.address("change", timeline.pk)

        make = partial(UpdateForm, timeline, request.POST or None)
        return self.serve(request, make, post, "admin/desk/timeline.html", **self.story(timeline))

    def edited(self, request: HttpRequest, timeline: Any) -> None:
        """What else there is to say after the details have changed."""

    @ops_only
    def details_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        timeline = self.find(request, object_id)

        def edit(form: Any) -> str:
            differs = timeline.edit(by=actor_of(request), **form.given())
            messages.success(request, _("Saved.") if differs else _("Nothing was different."))
            self.edited(request, timeline)
            return self.address("change", timeline.pk)

        make = partial(self.details_form, timeline, request.POST or None)
        return self.serve(request, make, edit, **self.surroundings(timeline, _("Edit the details")))

    @ops_only
    def correct_view(self, request: HttpRequest, object_id: str, update_id: str) -> HttpResponse:
        timeline = self.find(request, object_id)

        def make() -> CorrectionForm:
            return CorrectionForm(self._update(timeline, update_id), request.POST or None)

        def correct(form: CorrectionForm) -> str:
            given = {name: form.cleaned_data[name] for name in ("message", "version")}
            form.update.correct(by=actor_of(request), **given)
            messages.success(request, _corrected(timeline, update_id))
            return self.address("change", timeline.pk)

        return self.serve(request, make, correct, **self.surroundings(timeline, _("Correct the wording")))

    @ops_only
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        timeline = self.find(request, object_id)

        def remove(form: RemovalForm) -> str:
            timeline.remove(by=actor_of(request), version=form.cleaned_data["version"])
            messages.success(request, _("Deleted: %(title)s.") % {"title": timeline.title})
            return self.address("changelist")

        make = partial(RemovalForm, timeline, request.POST or None)
        surroundings = self.surroundings(timeline, _("Delete this for good?"))
        return self.serve(request, make, remove, "admin/desk/remove.html", **surroundings)

    def surroundings(self, timeline: Timeline, title: str) -> dict[str, Any]:
        back = self.address("change", timeline.pk)
        return {"timeline": timeline, "title": title, "back": back, "audit": audit_address(timeline)}

    def story(self, timeline: Timeline) -> dict[str, Any]:
        """Querysets, not lists: after a refusal they show what the other person wrote."""
        return {
            "timeline": timeline,
            "title": timeline.title,
            "open": opened(timeline, timezone.now()),
            "updates": timeline.updates.all(),
            "tellings": progress(timeline, database_now()),
            "hit": timeline.impacts.open().select_related("service"),
            "was_hit": _was_hit(timeline) if not timeline.moves else (),
            "audit": audit_address(timeline),
            "public_page": reverse(f"public:{timeline.CAUSE}", args=[timeline.pk]) if timeline.is_visible else "",
        }

    def _update(self, timeline: Timeline, update_id: str) -> Any:
        found = timeline.updates.filter(pk=update_id).first()
        if found is None:
            raise Http404
        return found


def _corrected(timeline: Timeline, update_id: str) -> str:
    held = Event.objects.telling_of(timeline).held().filter(payload__update__id=update_id)
    if held.exists():
        return _("Corrected. Nobody was told yet: what is sent says it in the new words.")
    return _("Corrected. The old wording stays in the audit trail; nobody is notified.")


def _was_hit(timeline: Timeline) -> list[tuple[Service, str]]:
    """Each service that an ended story hit, with the worst level that it had."""
    levels = timeline.impacts.levels()
    return [(service, levels[service.pk]) for service in Service.objects.filter(pk__in=levels)]
