"""What incidents and maintenance windows share: updates, wording, deletion."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from incidents.admin import words
from incidents.admin.forms.base import DeskForm, Instant, LongText, PromiseForm, Text
from incidents.admin.forms.levels import LevelsForm, presets
from incidents.admin.forms.telling import TellingForm
from incidents.admin.forms.versioned import VersionedForm
from incidents.lifecycle import FINAL, IncidentStatus, MaintenanceStatus
from incidents.models import Incident, Service, snapshot
from incidents.models.audience import Topic
from incidents.models.timeline import Timeline
from incidents.models.update import TimelineUpdate
from incidents.page import Outlook, outlook
from incidents.rules import MAX_TITLE
from incidents.severity import ServiceStatus, Severity


class StoryForm(DeskForm):
    title = Text(label=_("Title"), widget=forms.TextInput(attrs={"maxlength": MAX_TITLE, "autocomplete": "off"}))
    description = LongText(label=_("Description"), required=False, rows=3)
    is_public = forms.BooleanField(
        label=_("Public"), required=False, initial=True, help_text=_("Without it, only ops see it.")
    )


class AppearingForm[T: Timeline](TellingForm, StoryForm, VersionedForm[T]):
    """Edits a story. One that ops alone have seen may become public by it, which is news."""

    notify = forms.BooleanField(label=_("Should this make it public, tell subscribers"), required=False, initial=True)

    def build(self) -> None:
        is_unseen = self.timeline.moves and self.timeline.status != IncidentStatus.DRAFT and not self.timeline.is_public
        if not is_unseen:
            del self.fields["notify"]

    def appears(self) -> bool:
        return bool(self["is_public"].value())

    def given(self) -> dict[str, Any]:
        """The arguments of `edit`."""
        notify = {name: self.cleaned_data[name] for name in ("notify",) if name in self.fields}
        return {**self.changes(), **notify, "version": self.cleaned_data["version"]}


class MoveField(forms.ChoiceField):
    """Offers the legal moves and takes any status: whether a move is legal, the domain says when it is made."""

    known: tuple[str, ...] = ()

    def valid_value(self, value: Any) -> bool:
        return value in self.known


class UpdateForm(TellingForm, PromiseForm, LevelsForm, VersionedForm[Any]):
    MORE = ("next_update_at", "effective_at", "display_at")
    PREVIEWED = "message"
    field_order = ("status", "message", "promise", "notify")
    asks_to_resolve = False

    status = MoveField(label=_("Status"), widget=forms.RadioSelect)
    message = LongText(label=_("Message"), required=False)
    effective_at = Instant(
        label=_("It happened at"),
        required=False,
        help_text=_("Only when the start or the end was earlier than now: not before the last update."),
    )
    display_at = Instant(
        label=_("Show at an earlier time"), required=False, help_text=_("Only for notes: completes the history.")
    )

    def build(self) -> None:
        self.renamed = {self.timeline.EFFECTIVE: "effective_at"}
        field: Any = self.fields["status"]
        field.known = tuple(self.timeline.STATUS)
        field.choices = words.moves(self.timeline.state, self.timeline.moves)
        field.initial = next((to for to in self.timeline.moves if to == self.timeline.state), None)
        self.fields["message"].initial = self._words_of_the_draft()
        self.offer_levels(self._offered, _("By severity"))

    def present(self) -> dict[str, Any]:
        return presets(self._offered, self._held)

    def clean(self) -> dict[str, Any]:
        """The end is asked for twice, the second time with what it means."""
        given = super().clean()
        ends = given.get("status") == IncidentStatus.RESOLVED and IncidentStatus.RESOLVED in self.timeline.moves
        if ends and not self.errors and "confirmed" not in self.data:
            self.asks_to_resolve = True
            self.add_error(None, _("Is it over for everybody? Nothing can be added to the story afterwards."))
        return given

    def given(self) -> dict[str, Any]:
        """The arguments of `post_update`."""
        typed = self.cleaned_data
        as_is = ("message", "display_at", "next_update_at", "notify", "effective_at", "version")
        moved = any(name in self.present() for name in self.changed_data)
        return {
            **{name: typed[name] for name in as_is},
            "status": self.timeline.STATUS(typed["status"]),
            "levels": self.levels() if moved else None,
        }

    def appears(self) -> bool:
        return bool(self.timeline.is_public)  # a draft too: whatever may follow publishes it

    def topic(self) -> Topic:
        is_incident = isinstance(self.timeline, Incident)
        return Topic(
            is_maintenance=not is_incident,
            is_recovery=is_incident and self["status"].value() == IncidentStatus.RESOLVED,
            services=self.chosen() | snapshot.services_named(self.timeline),
            incident=self.timeline.pk if is_incident else "",
        )

    def words_so_far(self) -> str:
        return super().words_so_far() or words.sentence(self.timeline.state, self["status"].value())

    def outlook(self) -> Outlook | None:
        if not self.appears():
            return None
        goes_on = isinstance(self.timeline, Incident) and self["status"].value() != IncidentStatus.RESOLVED
        severity = Severity(self.timeline.severity) if goes_on else None
        return outlook(self._levels_then(), timezone.now(), story=self.timeline, severity_if_open=severity)

    def _levels_then(self) -> dict[str, ServiceStatus]:
        status = self["status"].value()
        if status in FINAL:
            return {}
        if self.timeline.state is MaintenanceStatus.SCHEDULED:
            planned = self.timeline.services.values_list("pk", flat=True) if status != self.timeline.status else ()
            return dict.fromkeys(planned, ServiceStatus.UNDER_MAINTENANCE)
        return self.levels_so_far(getattr(self.timeline, "default_level", ServiceStatus.UNDER_MAINTENANCE), self._held)

    def _words_of_the_draft(self) -> str:
        """What was written for the public before; any other update begins with an empty page."""
        is_draft = self.timeline.state is IncidentStatus.DRAFT
        return str(self.timeline.updates.latest("version").message) if is_draft else ""

    @cached_property
    def _offered(self) -> tuple[Service, ...]:
        """A window that has not begun has a plan, not levels."""
        if self.timeline.state is MaintenanceStatus.SCHEDULED or not self.timeline.moves:
            return ()
        return tuple(Service.objects.all())

    @cached_property
    def _held(self) -> Any:
        return self.timeline.impacts.open().levels()


class CorrectionForm(VersionedForm[Timeline]):
    PREVIEWED = "message"

    message = LongText(label=_("Wording"), rows=8)

    def __init__(self, update: TimelineUpdate, data: QueryDict | None = None) -> None:
        self.update = update
        super().__init__(update.timeline, data)

    def present(self) -> dict[str, Any]:
        return {"message": self.update.message}


class RemovalForm(VersionedForm[Timeline]):
    """Nothing to fill in: a confirmation."""


def story_of(timeline: Timeline) -> dict[str, Any]:
    return {name: getattr(timeline, name) for name in ("title", "description", "is_public")}
