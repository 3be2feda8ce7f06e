"""Subscribing, and what the holder of a mailed token may see and change."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypedDict

from django.http.response import HttpResponseBase
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from incidents.api import subscriber_bodies as bodies
from incidents.api.conditions import change_if_same, content_tag
from incidents.api.endpoints import SubscribingView
from incidents.api.letters import snake
from incidents.api.operation import RESENDS_PER_MINUTE, Operation
from incidents.api.paging import turn_to
from incidents.api.queries import Holder, SubscriptionFilters
from incidents.budget import SUBSCRIPTIONS_PER_MINUTE
from incidents.errors import InvalidToken
from incidents.models import Channel, DigestFrequency, Subscription
from incidents.models.address import pseudonym
from incidents.models.clock import database_now
from incidents.models.endpoint import OLD_SECRET_FOR, Disabled
from incidents.models.tokens import Purpose
from incidents.models.transaction import in_one_snapshot

ASKED = "If mail may be sent to this address now, it is on its way: open the link in it."


class Subscribed(TypedDict):
    id: str
    email: str
    message: str


class Preferences(TypedDict):
    email: str
    notify_incidents: bool
    notify_maintenance: bool
    notify_recovery: bool
    digest_frequency: DigestFrequency
    categories: list[str]
    verified: bool
    created_at: datetime
    updated_at: datetime
    channel: Channel
    host: str | None
    incidents: list[str]
    language: str
    failing_since: datetime | None
    disabled: Disabled | None


class VerifiedPreferences(Preferences):
    token: str
    secret: str | None


class FreshSecret(TypedDict):
    secret: str
    old_secret_until: datetime


class ListedSubscription(Preferences):
    id: str


def subscribed(email: str) -> Subscribed:
    """The same for every address, known or not. `id` is made from the address alone and opens nothing."""
    return {"id": pseudonym(email), "email": email, "message": ASKED}


def preferences(row: Subscription) -> Preferences:
    return {
        "email": row.address,
        "notify_incidents": row.notify_incidents,
        "notify_maintenance": row.notify_maintenance,
        "notify_recovery": row.notify_recovery,
        "digest_frequency": DigestFrequency(row.digest_frequency),
        "categories": row.categories,
        "verified": row.verified_at is not None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "channel": Channel(row.channel),
        "host": row.host or None,
        "incidents": row.followed,
        "language": row.language,
        "failing_since": row.failing_since,
        "disabled": Disabled(row.disabled_because) if row.disabled_at else None,
    }


def verified(row: Subscription) -> VerifiedPreferences:
    """`token` opens the preferences from now on; the one that was shown is used up. `secret` is not told again."""
    return {**preferences(row), "token": row.token(Purpose.MANAGE), "secret": row.fresh_secret or None}


def fresh_secret(row: Subscription, rotated_at: datetime) -> FreshSecret:
    return {"secret": row.fresh_secret, "old_secret_until": rotated_at + OLD_SECRET_FOR}


def listed(row: Subscription) -> ListedSubscription:
    return {"id": row.pk, **preferences(row)}


def _by_anyone(summary: str, shape: type[Any] | None, **more: Any) -> Operation:
    """Or by the one who holds the token that was mailed."""
    return Operation(summary, shape, is_open=True, is_personal=True, **{"per_minute": SUBSCRIPTIONS_PER_MINUTE, **more})


class SubscriptionView(SubscribingView):
    """The token comes in the path or in the query, as the route has it; to `verify` also in the body."""

    operations = {
        "create": _by_anyone("Subscribe a mailbox or an endpoint", Subscribed, status=201, body=bodies.NewSubscription),
        "verify": _by_anyone("Confirm a subscription", VerifiedPreferences, body=bodies.ShownToken, query=Holder),
        "retrieve": _by_anyone("Read the preferences", Preferences, query=Holder),
        "partial_update": _by_anyone(
            "Change them", Preferences, body=bodies.PreferencesChange, query=Holder, refusals=(412,)
        ),
        "destroy": _by_anyone("Unsubscribe", None, query=Holder, refusals=(412,)),
        "rotate": _by_anyone("Make a new secret", FreshSecret, query=Holder),
        "enable": _by_anyone("Have it sent to again", Preferences, query=Holder),
        "resend": _by_anyone("Have the link mailed again", None, per_minute=RESENDS_PER_MINUTE),
        "list": Operation("List subscriptions", ListedSubscription, lists=True, query=SubscriptionFilters),
    }

    def wanted(self, sent: Mapping[str, Any]) -> tuple[object, object]:
        named = {snake(key): value for key, value in sent.items()}
        return named.get("channel"), named.get("endpoint")

    def create(self, request: Request) -> HttpResponseBase:
        given = self.given(self.faults)
        email = given["email"]
        self.subscribe(**given)
        return self.answer(subscribed(email), ASKED, status=201, location=request.path.rstrip("/"))

    def verify(self, request: Request) -> HttpResponseBase:
        row = Subscription.verify(self.given().get("token") or self._token())
        self.address = row.address
        return self.answer(verified(row), "Subscription confirmed.")

    @in_one_snapshot
    def retrieve(self, request: Request, token: str = "") -> HttpResponseBase:
        return self.shown(preferences(self._held(token, Purpose.MANAGE)))

    def partial_update(self, request: Request, token: str = "") -> HttpResponseBase:
        _ = request.data
        row = self._held(token, Purpose.MANAGE)
        given = self.given(row.check_wishes)
        self._if_same(row, lambda: row.change(**given))
        return self.answer(preferences(row), "Preferences saved.")

    def destroy(self, request: Request, token: str = "") -> HttpResponseBase:
        row = self._held(token, Purpose.MANAGE, Purpose.UNSUBSCRIBE)
        self.given()
        self._if_same(row, row.unsubscribe)
        return self.nothing("Unsubscribed.")

    def rotate(self, request: Request, token: str = "") -> HttpResponseBase:
        row = self._held(token, Purpose.MANAGE)
        self.given()
        now = database_now()
        row.rotate_secret(now=now)
        return self.answer(fresh_secret(row, now), "This secret is not shown again. The old one signs for another day.")

    def enable(self, request: Request, token: str = "") -> HttpResponseBase:
        row = self._held(token, Purpose.MANAGE)
        self.given()
        row.enable()
        return self.answer(preferences(row), "Messages are sent again.")

    def resend(self, request: Request, token: str) -> HttpResponseBase:
        self.given()
        self.address = Subscription.resend(token).address
        return self.nothing(ASKED)

    @in_one_snapshot
    def list(self, request: Request) -> HttpResponseBase:
        asked, rows = self.asked(), Subscription.objects.with_scope()
        if asked["verified"] is not None:
            rows = rows.filter(verified_at__isnull=not asked["verified"])
        return self.listed(turn_to(rows, asked, listed))

    def _held(self, token: str, *purposes: Purpose) -> Subscription:
        row = Subscription.held_by(token or self._token(), *purposes)
        self.address = row.address
        return row

    def _if_same(self, row: Subscription, change: Callable[[], None]) -> None:
        try:
            change_if_same(
                row, self.request.headers.get("If-Match", ""), lambda row: content_tag(preferences(row)), change
            )
        except Subscription.DoesNotExist as error:  # it ended meanwhile
            raise InvalidToken from error

    def _token(self) -> str:
        token = self.asked()["token"]
        if not token:
            raise ParseError("The parameter token is missing.")
        return str(token)
