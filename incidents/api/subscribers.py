"""`POST /api/v2/subscribers.json`: subscribing, for clients of status pages that know only that."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from incidents.api import subscriber_bodies as bodies
from incidents.api.bodies import Given
from incidents.api.endpoints import SubscribingView
from incidents.api.operation import Operation
from incidents.budget import SUBSCRIPTIONS_PER_MINUTE
from incidents.errors import Violations
from incidents.models.address import pseudonym
from incidents.page.instants import instant


class Subscriber(TypedDict):
    id: str
    mode: str
    email: str
    endpoint: NotRequired[str]
    created_at: str
    quarantined_at: None
    purge_at: None
    skip_confirmation_notification: bool


class SubscriberDocument(TypedDict):
    subscriber: Subscriber


def subscriber_document(entry: Mapping[str, str], now: datetime) -> SubscriberDocument:
    """The same for every address, known or not: `created_at` is the time of asking."""
    document: Subscriber = {
        "id": pseudonym(entry["email"]),
        "mode": entry["channel"],
        "email": entry["email"],
        "created_at": instant(now),
        "quarantined_at": None,
        "purge_at": None,
        "skip_confirmation_notification": False,
    }
    return {"subscriber": {**document, "endpoint": entry["endpoint"]} if entry["endpoint"] else document}


class SubscribersView(SubscribingView):
    place = "subscriber.endpoint"
    operations = {
        "create": Operation(
            "Subscribe, as clients of a Statuspage do",
            SubscriberDocument,
            status=201,
            body=bodies.StatuspageSubscriber,
            is_open=True,
            is_personal=True,
            is_bare=True,
            per_minute=SUBSCRIPTIONS_PER_MINUTE,
        )
    }

    def wanted(self, sent: Mapping[str, Any]) -> tuple[object, object]:
        entry = sent.get("subscriber")
        return (entry.get("mode"), entry.get("endpoint")) if isinstance(entry, dict) else ("", "")

    def create(self, request: Request) -> HttpResponseBase:
        entry = self.given(self._faults)["subscriber"]
        self.subscribe(**entry)
        headers = {"Location": request.path.rstrip("/")}
        return self._send(subscriber_document(entry, timezone.now()), 201, headers)

    def _faults(self, given: Given) -> Violations:
        return self.faults(given["subscriber"]) if "subscriber" in given else Violations()
