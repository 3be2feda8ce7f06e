from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.admin import words
from incidents.admin.forms.base import Instant, LongText, to_the_minute
from incidents.admin.forms.timeline import AppearingForm, story_of
from incidents.admin.forms.versioned import VersionedForm
from incidents.admin.skeleton import skeleton
from incidents.lifecycle import OPEN_INCIDENT, IncidentStatus
from incidents.models import Incident, snapshot
from incidents.models.audience import Topic
from incidents.severity import REPORTABLE_SEVERITIES, Severity


class SeverityField(forms.ChoiceField):
    def __init__(self) -> None:
        choices = words.choices(REPORTABLE_SEVERITIES)
        super().__init__(label=_("Severity"), choices=choices, widget=forms.RadioSelect)


class DetailsForm(AppearingForm[Incident]):
    field_order = ("title", "severity", "description", "is_public", "notify")

    severity = SeverityField()

    def build(self) -> None:
        super().build()
        if self.present()["severity"] == Severity.NONE:  # imported history keeps what it says
            field: Any = self.fields["severity"]
            field.choices = [*field.choices, *words.choices([Severity.NONE])]

    def present(self) -> dict[str, Any]:
        return {**story_of(self.timeline), "severity": self.timeline.severity}

    def topic(self) -> Topic:
        hit = snapshot.services_named(self.timeline)
        return Topic(is_maintenance=False, is_recovery=False, services=hit, incident=self.timeline.pk)

    def given(self) -> dict[str, Any]:
        given = super().given()
        if "severity" in given:
            given["severity"] = Severity(given["severity"])
        return given


class PostmortemForm(VersionedForm[Incident]):
    """The first time it begins with what is known already."""

    PREVIEWED = "body"

    body = LongText(label=_("Postmortem"), required=False, rows=18, help_text=_("Markdown."))
    published = forms.BooleanField(label=_("Show it on the public page"), required=False)

    def present(self) -> dict[str, Any]:
        shown = self.timeline.postmortem_published_at is not None
        return {"body": self.timeline.postmortem or skeleton(self.timeline), "published": shown}


class PublicationForm(VersionedForm[Incident]):
    publish_at = Instant(label=_("Publish it at"), required=False, help_text=_("Empty: it stays a draft."))
    status = forms.ChoiceField(label=_("Status"), choices=words.choices(OPEN_INCIDENT), widget=forms.RadioSelect)

    def present(self) -> dict[str, Any]:
        planned = self.timeline.publish_as or IncidentStatus.INVESTIGATING
        return {"publish_at": to_the_minute(self.timeline.publish_at), "status": str(planned)}

    def given(self) -> dict[str, Any]:
        """The arguments of `publish_later`, but for the instant."""
        return {"status": IncidentStatus(self.cleaned_data["status"]), "version": self.cleaned_data["version"]}


class MergeForm(VersionedForm[Incident]):
    other = forms.ChoiceField(
        label=_("The incident that goes on"),
        widget=forms.RadioSelect,
        help_text=_("It gets the services of both. The address of this one leads there from now on."),
    )
    message = LongText(label=_("A note there"), required=False, rows=3)
    notify = forms.BooleanField(label=_("Tell subscribers of the note"), required=False)

    def build(self) -> None:
        field: Any = self.fields["other"]
        others = Incident.objects.open().exclude(pk=self.timeline.pk)
        field.choices = [(other.pk, other.title) for other in others]

    def given(self) -> dict[str, Any]:
        """The arguments of `merge_into`, but for the other one."""
        return {name: self.cleaned_data[name] for name in ("message", "notify", "version")}
