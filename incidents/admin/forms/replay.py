from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from incidents.admin.forms.base import DeskForm, Instant, Text, to_the_minute
from incidents.models import Delivery, Subscription
from incidents.models.message import State
from incidents.models.replay import REPLAYABLE

LOOKING_BACK = timedelta(hours=1)  # what is offered first


class OneReplayForm(DeskForm):
    """Nothing to fill in: a confirmation."""


class ReplayForm(DeskForm):
    """A stretch of time, of everybody or of one subscription."""

    since = Instant(label=_("Since"))
    until = Instant(label=_("Until"))
    subscription = Text(
        label=_("Only this subscription"),
        required=False,
        help_text=_("Its id, as in its address at this desk. Empty: all of them."),
    )
    sent = forms.BooleanField(
        label=_("Also what arrived"), required=False, help_text=_("Without it, only what was given up.")
    )

    def __init__(self, data: Any, now: datetime, subscription: str) -> None:
        first = {"since": to_the_minute(now - LOOKING_BACK), "until": to_the_minute(now), "subscription": subscription}
        super().__init__(data, initial=first)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if {"since", "until"} <= given.keys() and given["since"] >= given["until"]:
            self.add_error("until", _t("Must be after the beginning."))
        wanted = given.get("subscription")
        if wanted and not Subscription.objects.filter(pk=wanted).exists():
            self.add_error("subscription", _t("There is no such subscription."))
        return given

    def chosen(self) -> QuerySet[Delivery]:
        """By when they were made, to the minute; the last one counts whole."""
        given = self.cleaned_data
        states = REPLAYABLE if given["sent"] else (State.DEAD,)
        rows = Delivery.objects.filter(state__in=states, created_at__gte=given["since"])
        rows = rows.filter(created_at__lt=given["until"] + timedelta(minutes=1))
        return rows.filter(subscription=given["subscription"]) if given["subscription"] else rows
