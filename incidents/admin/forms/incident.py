from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from incidents.admin import words
from incidents.admin.forms.base import Instant, LongText, PromiseForm
from incidents.admin.forms.levels import LevelsForm
from incidents.admin.forms.timeline import NOTIFY, StoryForm, story_of
from incidents.admin.forms.versioned import VersionedForm
from incidents.errors import AlreadyOpen, StatusError, Violations
from incidents.lifecycle import IncidentStatus
from incidents.models import Incident, Service
from incidents.severity import REPORTABLE_SEVERITIES, Severity

_CONTINUABLE = 20  # that many of the newest resolved incidents are offered


class SeverityField(forms.ChoiceField):
    def __init__(self) -> None:
        choices = words.choices(REPORTABLE_SEVERITIES)
        super().__init__(label=_("Severity"), choices=choices, widget=forms.RadioSelect)


class ReportForm(StoryForm, PromiseForm, LevelsForm):
    MORE = ("description", "is_public", "next_update_at", "started_at", "resolved_at", "continues")
    field_order = ("title", "severity", "status", "message", "promise", "notify", "force")

    severity = SeverityField()
    status = forms.ChoiceField(label=_("Status"), widget=forms.RadioSelect, initial=IncidentStatus.INVESTIGATING)
    message = LongText(label=_("Message"), required=False)
    notify = forms.BooleanField(label=NOTIFY, required=False, initial=True)
    started_at = Instant(label=_("Began at"), required=False, help_text=_("Empty: now."))
    resolved_at = Instant(label=_("Was resolved at"), required=False, help_text=_("Only to record history."))
    continues = forms.ChoiceField(label=_("Continues an earlier incident"), required=False)
    force = forms.BooleanField(label=_("Open a second incident anyway"), required=False)

    def __init__(self, data: QueryDict | None = None, *, continues: Incident | None = None) -> None:
        super().__init__(data, initial={"continues": continues.pk if continues else ""})
        self._set_choices("status", words.openings())
        self._set_choices("continues", [("", _("No")), *_continuable(continues)])
        self.offer_levels(Service.objects.all(), _("By severity"))

    def faults(self, now: datetime) -> Violations:
        typed = {name: value for name, value in self.cleaned_data.items() if name not in ("status", "continues")}
        if "status" in self.cleaned_data:
            typed["status"] = IncidentStatus(self.cleaned_data["status"])
        return Incident.check_new(now, **typed)

    def refuse(self, error: StatusError) -> None:
        if isinstance(error, AlreadyOpen):
            self.already_open = str(error.args_for_wording["incident"])
            self.add_error(None, _already_open(self.already_open))
        else:
            super().refuse(error)

    def given(self) -> dict[str, Any]:
        """The arguments of `Incident.open`."""
        typed = self.cleaned_data
        as_is = ("title", "description", "message", "is_public", "started_at", "resolved_at", "next_update_at")
        return {
            **{name: typed[name] for name in (*as_is, "notify", "force")},
            "severity": Severity(typed["severity"]),
            "status": IncidentStatus(typed["status"]),
            "levels": self.levels(),
            "continues": Incident.objects.filter(pk=typed["continues"]).first() if typed["continues"] else None,
        }

    def _is_main(self, name: str) -> bool:
        if name == "force":
            return bool(self.already_open) or bool(self.data.get("force"))
        return super()._is_main(name)

    def _set_choices(self, name: str, choices: list[Any]) -> None:
        field: Any = self.fields[name]
        field.choices = choices


class DetailsForm(StoryForm, VersionedForm[Incident]):
    field_order = ("title", "severity", "description", "is_public")

    severity = SeverityField()

    def build(self) -> None:
        if self.present()["severity"] == Severity.NONE:  # imported history keeps what it says
            field: Any = self.fields["severity"]
            field.choices = [*field.choices, *words.choices([Severity.NONE])]

    def present(self) -> dict[str, Any]:
        return {**story_of(self.timeline), "severity": self.timeline.severity}

    def given(self) -> dict[str, Any]:
        """The arguments of `edit`."""
        changes = self.changes()
        if "severity" in changes:
            changes["severity"] = Severity(changes["severity"])
        return {**changes, "version": self.cleaned_data["version"]}


class PostmortemForm(VersionedForm[Incident]):
    body = LongText(label=_("Postmortem"), required=False, rows=18, help_text=_("Markdown."))
    published = forms.BooleanField(label=_("Show it on the public page"), required=False)

    def present(self) -> dict[str, Any]:
        shown = self.timeline.postmortem_published_at is not None
        return {"body": self.timeline.postmortem, "published": shown}


def _continuable(wanted: Incident | None) -> list[tuple[str, str]]:
    newest = Incident.objects.filter(status=IncidentStatus.RESOLVED).order_by("-resolved_at")[:_CONTINUABLE]
    found = dict.fromkeys([*([wanted] if wanted else []), *newest])
    return [(incident.pk, f"{incident.title} ({_day(incident.resolved_at)})") for incident in found]


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else _t("still open")


def _already_open(pk: str) -> str:
    words = _t("There is already an open incident on these services: update that one instead?")
    address = reverse("admin:incidents_incident_change", args=[pk])
    title = Incident.objects.get(pk=pk).title
    return format_html('{} <a href="{}">{}</a>', words, address, title)
