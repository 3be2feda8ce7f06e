"""For ops: how far subscribers have been told of an incident or window, and taking it back while nobody has been."""

from datetime import datetime
from typing import ClassVar, TypedDict

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from incidents.api import bodies
from incidents.api.operation import Operation
from incidents.api.paging import slice_of
from incidents.api.queries import Paged
from incidents.api.views import ApiView
from incidents.errors import NotFound
from incidents.models import Event, Incident, MaintenanceWindow
from incidents.models.clock import database_now
from incidents.models.progress import Phase, Tally, Telling, progress
from incidents.models.transaction import in_one_snapshot, in_one_transaction


class NotifiedChannel(TypedDict):
    """`channel`: null for endpoints of subscriptions that have ended since."""

    channel: str | None
    waiting: int
    sent: int
    failed: int
    dropped: int


class Notification(TypedDict):
    """`update`: the id of the word that it is about. `seconds_left`: of the hold. While it is held, `channels` tells
    who will be told: all of them are waiting."""

    event: int
    type: str
    update: str | None
    occurred_at: datetime
    phase: Phase
    seconds_left: int
    channels: list[NotifiedChannel]


class Withdrawal(TypedDict):
    withdrawn: int


def notification(telling: Telling) -> Notification:
    return {
        "event": telling.event.pk,
        "type": telling.event.type,
        "update": telling.update or None,
        "occurred_at": telling.event.occurred_at,
        "phase": telling.phase,
        "seconds_left": telling.seconds_left if telling.phase is Phase.HELD else 0,
        "channels": [_channel(tally) for tally in telling.tallies],
    }


def _channel(tally: Tally) -> NotifiedChannel:
    return {
        "channel": tally.channel or None,
        "waiting": tally.waiting,
        "sent": tally.sent,
        "failed": tally.failed,
        "dropped": tally.dropped,
    }


class NotificationView(ApiView):
    model: ClassVar[type[Incident | MaintenanceWindow]]
    operations = {
        "list_notifications": Operation(
            "See how far subscribers have been told", Notification, lists=True, query=Paged
        ),
        "withdraw": Operation("Withdraw what nobody has been told yet", Withdrawal, body=bodies.Removal),
    }

    @in_one_snapshot
    def list_notifications(self, request: Request, id: str) -> HttpResponseBase:
        asked, row = self.asked(), self._existing(self.model._base_manager.filter(pk=id).first())
        return self.listed(slice_of(progress(row, database_now()), asked, notification))

    @in_one_transaction
    def withdraw(self, request: Request, id: str) -> HttpResponseBase:
        row = self._existing(self.model.locked(id))
        self.seen(self.given()).insist(row)
        withdrawn: Withdrawal = {"withdrawn": Event.withdraw(row, by=self.actor, now=timezone.now())}
        return self.answer(withdrawn, "Nobody is told. It stays on the pages.")

    def _existing(self, row: Incident | MaintenanceWindow | None) -> Incident | MaintenanceWindow:
        if row is None:
            raise NotFound(f"No such {self.model._meta.verbose_name}.")
        return row


class IncidentNotificationView(NotificationView):
    model = Incident


class MaintenanceNotificationView(NotificationView):
    model = MaintenanceWindow
