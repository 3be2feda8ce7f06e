"""What incidents and maintenance windows share: updates, wording, deletion."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from incidents.admin import words
from incidents.admin.forms.base import DeskForm, Instant, LongText, PromiseForm, Text
from incidents.admin.forms.levels import LevelsForm, presets
from incidents.admin.forms.versioned import VersionedForm
from incidents.lifecycle import MaintenanceStatus
from incidents.models import Service
from incidents.models.timeline import Timeline
from incidents.models.update import TimelineUpdate
from incidents.rules import MAX_TITLE

NOTIFY = _("Worth telling subscribers")


class StoryForm(DeskForm):
    title = Text(label=_("Title"), widget=forms.TextInput(attrs={"maxlength": MAX_TITLE, "autocomplete": "off"}))
    description = LongText(label=_("Description"), required=False, rows=3)
    is_public = forms.BooleanField(
        label=_("Public"), required=False, initial=True, help_text=_("Without it, only ops see it.")
    )


class MoveField(forms.ChoiceField):
    """Offers the legal moves and takes any status: whether a move is legal, the domain says when it is made."""

    known: tuple[str, ...] = ()

    def valid_value(self, value: Any) -> bool:
        return value in self.known


class UpdateForm(PromiseForm, LevelsForm, VersionedForm[Timeline]):
    MORE = ("next_update_at", "effective_at", "display_at")
    field_order = ("status", "message", "promise", "notify")

    status = MoveField(label=_("Status"), widget=forms.RadioSelect)
    message = LongText(label=_("Message"), required=False)
    notify = forms.BooleanField(label=NOTIFY, required=False, initial=True)
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
        self.offer_levels(self._offered, _("By severity"))

    def present(self) -> dict[str, Any]:
        return presets(self._offered, self._held)

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
