"""Before something is posted: who will be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from incidents.admin.forms.base import DeskForm
from incidents.models import Channel
from incidents.models.audience import Topic, reach
from incidents.page import Outlook


@dataclass(frozen=True)
class Foreseen:
    """Channel → people; nobody because of `quiet`, if that says why."""

    channels: Mapping[Channel, int] = field(default_factory=dict)
    quiet: str = ""

    @property
    def people(self) -> int:
        return sum(self.channels.values())


class TellingForm(DeskForm):
    notify = forms.BooleanField(
        label=_("Worth telling subscribers"),
        required=False,
        initial=True,
        help_text=_("Without it, it is on the pages and in the feed, and nobody is notified."),
    )

    def foreseen(self) -> Foreseen:
        """As far as it is filled in."""
        quiet = self.why_quiet()
        return Foreseen(quiet=quiet) if quiet else Foreseen(reach(self.topic()))

    def outlook(self) -> Outlook | None:
        """What it would change for the public, as far as it is filled in; None where they see nothing of it."""
        return None

    def why_quiet(self) -> str:
        """Why nobody would be told; empty if there is no reason."""
        if "notify" not in self.fields:
            return _t("this is no news")
        if not self["notify"].value():
            return _t("it is kept quiet")
        return "" if self.appears() else _t("it is not public")

    def appears(self) -> bool:
        """Whether the public sees it once it is posted."""
        raise NotImplementedError

    def topic(self) -> Topic:
        raise NotImplementedError
