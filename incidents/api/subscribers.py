"""`POST /api/v2/subscribers.json`: subscribing, for clients of status pages that know only that."""

from datetime import datetime
from typing import TypedDict

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from incidents.api import bodies
from incidents.api.operation import SUBSCRIPTIONS_PER_MINUTE, Operation
from incidents.api.views import ApiView
from incidents.models import Subscription
from incidents.models.address import pseudonym
from incidents.page.instants import instant


class Subscriber(TypedDict):
    id: str
    mode: str
    email: str
    created_at: str
    quarantined_at: None
    purge_at: None
    skip_confirmation_notification: bool


class SubscriberDocument(TypedDict):
    subscriber: Subscriber


def subscriber_document(email: str, now: datetime) -> SubscriberDocument:
    """The same for every address, known or not: `created_at` is the time of asking."""
    return {
        "subscriber": {
            "id": pseudonym(email),
            "mode": "email",
            "email": email,
            "created_at": instant(now),
            "quarantined_at": None,
            "purge_at": None,
            "skip_confirmation_notification": False,
        }
    }


class SubscribersView(ApiView):
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

    def create(self, request: Request) -> HttpResponseBase:
        self.address = email = self.given()["subscriber"]
        Subscription.subscribe(email)
        headers = {"Location": request.path.rstrip("/")}
        return self._send(subscriber_document(email, timezone.now()), 201, headers)
