from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.signing import BadSignature, Signer
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from incidents import rules
from incidents.admin import words
from incidents.admin.forms.base import Instant, LongText, PromiseForm, Text
from incidents.admin.forms.incident import SeverityField
from incidents.admin.forms.levels import BY_SEVERITY, LevelsForm, level_name
from incidents.admin.forms.telling import TellingForm
from incidents.admin.forms.timeline import StoryForm
from incidents.errors import AlreadyOpen, StatusError, Violations
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, IncidentTemplate, Service
from incidents.models.audience import Topic
from incidents.models.identifiers import new_id
from incidents.models.template import filled, placeholders_in
from incidents.page import Outlook, outlook
from incidents.severity import LEVEL_FOR_SEVERITY, Severity

_CONTINUABLE = 20  # that many of the newest resolved incidents are offered
_SEVERITIES = {str(severity): severity for severity in Severity}
_SIGNER = Signer(salt="incidents.report")


class ReportForm(TellingForm, StoryForm, PromiseForm, LevelsForm):
    """From a template, its placeholders are fields. `key` is the id that the incident will have, signed: a report that
    is sent twice is one."""

    MORE = ("publish_at", "description", "is_public", "next_update_at", "started_at", "resolved_at", "continues")
    LEVELS_AFTER = "severity"
    PREVIEWED = "message"

    key = forms.CharField(widget=forms.HiddenInput, required=False)
    severity = SeverityField()
    status = forms.ChoiceField(label=_("Status"), widget=forms.RadioSelect, initial=IncidentStatus.INVESTIGATING)
    message = LongText(label=_("Message"), required=False)
    publish_at = Instant(label=_("Publish later, at"), required=False, help_text=_("Until then it is a draft."))
    started_at = Instant(label=_("Began at"), required=False, help_text=_("Empty: now."))
    resolved_at = Instant(label=_("Was resolved at"), required=False, help_text=_("Only to record history."))
    continues = forms.ChoiceField(label=_("Continues an earlier incident"), required=False)
    force = forms.BooleanField(label=_("Open a second incident anyway"), required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        continues: Incident | None = None,
        template: IncidentTemplate | None = None,
    ) -> None:
        services = list(Service.objects.all())
        initial = {"continues": continues.pk if continues else "", "key": _SIGNER.sign(new_id())}
        super().__init__(data, initial={**initial, **(_begun(template, services) if template else {})})
        self._set_choices("status", words.openings())
        self._set_choices("continues", [("", _("No")), *_continuable(continues)])
        self.offer_levels(services, _("By severity"))
        self.placeholders = {name: f"value_{name}" for name in (template.placeholders if template else ())}
        for name, field in self.placeholders.items():
            self.fields[field] = Text(label=name.replace("_", " ").capitalize(), required=False)
        first = ("title", *self.placeholders.values(), "severity", "status", "message", "promise", "notify", "force")
        self.order_fields(first)

    def clean(self) -> dict[str, Any]:
        """The rules look at the texts with their placeholders filled."""
        typed, values = self.cleaned_data, self._values()
        texts = {name: typed[name] for name in ("title", "message", "description") if name in typed}
        for name in placeholders_in(*texts.values()):
            if name in self.placeholders and not values[name]:
                self.add_error(self.placeholders[name], _t("Say it here, or take it out of the text."))
        typed.update({name: filled(text, values) for name, text in texts.items()})
        return super().clean()

    def told_at(self, given: Mapping[str, Any]) -> datetime:
        return given.get("publish_at") or super().told_at(given)

    def faults(self, now: datetime) -> Violations:
        typed = {name: value for name, value in self.cleaned_data.items() if name not in ("status", "continues")}
        if "status" in self.cleaned_data:
            typed["status"] = IncidentStatus(self.cleaned_data["status"])
        at = typed.pop("publish_at", None)
        found = Incident.check_new(now, **typed)
        if at and "status" in typed:
            found.extend(Incident.check_publication(at, typed["status"], now))
        return found

    @property
    def reserved(self) -> str:
        """The id that the incident will have."""
        try:
            return _SIGNER.unsign(self.cleaned_data["key"])
        except BadSignature:
            return new_id()

    def refuse(self, error: StatusError) -> None:
        if isinstance(error, AlreadyOpen):
            self.already_open = str(error.args_for_wording["incident"])
            self.add_error(None, _already_open(self.already_open))
        else:
            super().refuse(error)

    def report(self, by: Actor) -> Incident:
        at, given = self.cleaned_data["publish_at"], self.given()
        return Incident.open_later(at, by=by, **given) if at else Incident.open(by=by, **given)

    def given(self) -> dict[str, Any]:
        """The arguments of `Incident.open`."""
        typed = self.cleaned_data
        as_is = ("title", "description", "message", "is_public", "started_at", "resolved_at", "next_update_at")
        return {
            **{name: typed[name] for name in (*as_is, "notify", "force")},
            "id": self.reserved,
            "severity": Severity(typed["severity"]),
            "status": IncidentStatus(typed["status"]),
            "levels": self.levels(),
            "continues": Incident.objects.filter(pk=typed["continues"]).first() if typed["continues"] else None,
        }

    def why_quiet(self) -> str:
        return _t("it is over") if self["status"].value() == IncidentStatus.RESOLVED else super().why_quiet()

    def appears(self) -> bool:
        return bool(self["is_public"].value()) and self["status"].value() != IncidentStatus.DRAFT

    def words_so_far(self) -> str:
        written = super().words_so_far() or words.sentence(IncidentStatus.DRAFT, self["status"].value())
        return filled(written, self._values())

    def outlook(self) -> Outlook | None:
        if not self.appears() or self["status"].value() == IncidentStatus.RESOLVED:
            return None
        severity = _SEVERITIES.get(self["severity"].value())
        levels = self.levels_so_far(LEVEL_FOR_SEVERITY[severity] if severity else None, {})
        return outlook(levels, timezone.now(), severity_if_open=severity)

    def topic(self) -> Topic:
        return Topic(is_maintenance=False, is_recovery=False, services=self.chosen())

    def _values(self) -> dict[str, str]:
        """Placeholder → what stands for it, as far as it is filled in."""
        return {name: rules.tidy(str(self[field].value() or "")) for name, field in self.placeholders.items()}

    def _is_main(self, name: str) -> bool:
        if name == "force":
            return bool(self.already_open) or bool(self.data.get("force"))
        return super()._is_main(name)

    def _set_choices(self, name: str, choices: list[Any]) -> None:
        field: Any = self.fields[name]
        field.choices = choices


def _continuable(wanted: Incident | None) -> list[tuple[str, str]]:
    newest = Incident.objects.filter(status=IncidentStatus.RESOLVED, merged_into=None).order_by("-resolved_at")[
        :_CONTINUABLE
    ]
    found = dict.fromkeys([*([wanted] if wanted else []), *newest])
    return [(incident.pk, f"{incident.title} ({_day(incident.resolved_at)})") for incident in found]


def _begun(template: IncidentTemplate, services: list[Service]) -> dict[str, Any]:
    """What it fills in."""
    texts = {name: getattr(template, name) for name in ("title", "severity", "message", "description")}
    levels = template.levels_of(services)
    return texts | {level_name(service): str(level or BY_SEVERITY) for service, level in levels.items()}


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else _t("still open")


def _already_open(pk: str) -> str:
    words = _t("There is already an open incident on these services: update that one instead?")
    address = reverse("admin:incidents_incident_change", args=[pk])
    title = Incident.objects.get(pk=pk).title
    return format_html('{} <a href="{}" data-carry>{}</a>', words, address, title)
