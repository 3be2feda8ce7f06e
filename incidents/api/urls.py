"""The route table. One view serves both dialects; which one, and for whom, goes with the route."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path

from incidents.api.dialect import Dialect
from incidents.api.envelope import ENVELOPE
from incidents.api.history import HistoryView
from incidents.api.incidents import IncidentView
from incidents.api.internal import InternalView
from incidents.api.maintenance import MaintenanceView
from incidents.api.metrics import MetricView
from incidents.api.notifications import IncidentNotificationView, MaintenanceNotificationView
from incidents.api.overview import OverviewView
from incidents.api.privacy import PrivacyView
from incidents.api.problem import PROBLEM
from incidents.api.rendered import RenderedView
from incidents.api.services import CatalogueView, GroupView, ServiceView
from incidents.api.subscribers import SubscribersView
from incidents.api.subscriptions import SubscriptionView
from incidents.api.templates import TemplateView
from incidents.api.tokens import TokenView
from incidents.api.trail import AuditView, EventView
from incidents.api.views import ApiView, Audience, UnknownPath

type Actions = dict[str, Any]  # method → action
type Route = tuple[str, type[ApiView], Actions]

ID = r"/(?P<id>[a-z0-9]+)"
SLUG = r"/(?P<slug>[a-z0-9-]+)"
_HELD = r"/(?P<token>[^/]+)"  # anything: what is no token is told so

_READ_ALL: Actions = {"get": "list"}
_READ: Actions = {"get": "retrieve"}
_CREATE, _REMOVE = {"post": "create"}, {"delete": "destroy"}
_PATCH, _PUT = {"patch": "partial_update"}, {"put": "partial_update"}
_READ_UPDATES, _POST_UPDATE = {"get": "list_updates"}, {"post": "post_update"}
_VERIFY = {"post": "verify"}
_ROTATE, _ENABLE = {"post": "rotate"}, {"post": "enable"}
_MERGE = {"post": "merge"}
_POSTMORTEM = {"put": "put_postmortem", "delete": "delete_postmortem"}


def _told(path: str, view: type[ApiView], detail: Actions, updates: Actions) -> tuple[Route, ...]:
    """What incidents and maintenance windows have alike for those who may write."""
    return (
        (path, view, _READ_ALL | _CREATE),
        (path + ID, view, _READ | detail | _REMOVE),
        (path + ID + "/updates", view, updates),
    )


def _notified(path: str, view: type[ApiView]) -> tuple[Route, ...]:
    return (
        (f"{path}{ID}/notifications", view, {"get": "list_notifications"}),
        (f"{path}{ID}/notifications/withdraw", view, {"post": "withdraw"}),
    )


def _entries(path: str, view: type[ApiView]) -> tuple[Route, ...]:
    return ((path, view, _READ_ALL | _CREATE), (path + SLUG, view, _READ | _PATCH | _REMOVE))


_TOKENS: tuple[Route, ...] = (
    ("/auth/token", TokenView, {"post": "obtain"}),
    ("/auth/token/refresh", TokenView, {"post": "refresh"}),
    ("/auth/token/blacklist", TokenView, {"post": "blacklist"}),
)
_STATUS: tuple[Route, ...] = (
    ("/status/overview", OverviewView, {"get": "overview"}),
    ("/status/json", OverviewView, {"get": "figures"}),
    ("/status/services", CatalogueView, _READ_ALL),
    *_told("/status/incidents", IncidentView, _PUT | _PATCH, _READ_UPDATES | _POST_UPDATE),
    (f"/status/incidents{ID}/merge", IncidentView, _MERGE),
    (f"/status/incidents{ID}/postmortem", IncidentView, _POSTMORTEM),
    *_told("/status/maintenances", MaintenanceView, _PUT | _PATCH, _READ_UPDATES | _POST_UPDATE),
    ("/status/metrics/uptime", MetricView, {"get": "uptime"}),
    ("/status/metrics/latency", MetricView, {"get": "latency"}),
    ("/status/subscriptions", SubscriptionView, _READ_ALL | _CREATE | _REMOVE),
    ("/status/subscriptions/verify", SubscriptionView, _VERIFY),
    ("/status/subscriptions/preferences", SubscriptionView, _READ | _PUT),
    ("/status/subscriptions/secret", SubscriptionView, _ROTATE),
    ("/status/subscriptions/enable", SubscriptionView, _ENABLE),
)
_INTERNAL: tuple[Route, ...] = (
    ("/internal/schedulers", InternalView, {"get": "schedulers"}),
    ("/internal/status/subscriptions/digest", InternalView, {"post": "digest"}),
    ("/internal/status/subscriptions/erase", InternalView, {"post": "erase"}),
)
_ENVELOPE_PUBLIC: tuple[Route, ...] = (
    ("", OverviewView, {"get": "overview"}),
    ("/summary", OverviewView, {"get": "summary"}),
    ("/history", HistoryView, {"get": "days"}),
    ("/services", CatalogueView, _READ_ALL),
    (f"/services{SLUG}", CatalogueView, _READ),
    ("/incidents", IncidentView, _READ_ALL),
    (f"/incidents{ID}", IncidentView, _READ),
    (f"/incidents{ID}/updates", IncidentView, _READ_UPDATES),
    ("/maintenance", MaintenanceView, _READ_ALL),
    (f"/maintenance{ID}", MaintenanceView, _READ),
    ("/subscriptions", SubscriptionView, _CREATE),
    ("/subscriptions/verify", SubscriptionView, _VERIFY),
    (f"/subscriptions{_HELD}", SubscriptionView, _READ | _PATCH | _REMOVE),
    (f"/subscriptions{_HELD}/secret", SubscriptionView, _ROTATE),
    (f"/subscriptions{_HELD}/enable", SubscriptionView, _ENABLE),
    (f"/subscriptions{_HELD}/resend", SubscriptionView, {"post": "resend"}),
)
_ENVELOPE_OPS: tuple[Route, ...] = (
    *_told("/_admin/incidents", IncidentView, _PATCH, _READ_UPDATES | _POST_UPDATE),
    (f"/_admin/incidents{ID}/merge", IncidentView, _MERGE),
    (f"/_admin/incidents{ID}/postmortem", IncidentView, _POSTMORTEM),
    *_told("/_admin/maintenance", MaintenanceView, _PATCH, _READ_UPDATES | _POST_UPDATE),
    *_notified("/_admin/incidents", IncidentNotificationView),
    *_notified("/_admin/maintenance", MaintenanceNotificationView),
    *_entries("/_admin/services", ServiceView),
    *_entries("/_admin/service-groups", GroupView),
    *_entries("/_admin/templates", TemplateView),
    ("/_admin/events", EventView, {"get": "follow"}),
    ("/_admin/audit", AuditView, _READ_ALL),
    ("/_admin/subscriptions", SubscriptionView, _READ_ALL),
    ("/_admin/gdpr/export", PrivacyView, {"get": "export"}),
    ("/_admin/gdpr/erase", PrivacyView, {"post": "erase"}),
)


_STATUSPAGE: tuple[Route, ...] = ((r"/subscribers\.json", SubscribersView, _CREATE),)


def _patterns(base: str, routes: tuple[Route, ...], **initkwargs: Any) -> list[URLPattern]:
    """With or without a slash at the end, never a redirect between the two."""
    return [
        re_path(rf"^{(base + path).lstrip('/')}/?$", view.as_view({**actions}, **initkwargs))
        for path, view, actions in routes
    ]


def rendered(*, feed: Callable[..., HttpResponseBase], badge: Callable[..., HttpResponseBase]) -> list[URLPattern]:
    """The operations that `feed` and `badge` answer; they go before the rest, which knows every other path."""
    return [
        *_rendered("/status/rss", {"get": "feed"}, feed),
        *_rendered(f"/status/badge{SLUG}", {"get": "badge"}, badge),
    ]


def _rendered(path: str, actions: Actions, page: Callable[..., HttpResponseBase]) -> list[URLPattern]:
    routes: tuple[Route, ...] = ((path, RenderedView, actions),)
    return [
        *_patterns("/api/v1", routes, dialect=PROBLEM, page=page),
        *_patterns("", routes, dialect=PROBLEM, page=page, schema=None),
    ]


def _unknown(prefix: str, dialect: Dialect) -> URLPattern:
    return re_path(rf"^{prefix}(?:/.*)?$", UnknownPath.as_view({"get": "options"}, dialect=dialect))


urlpatterns = [
    *_patterns("/api/v1", _TOKENS + _STATUS + _INTERNAL, dialect=PROBLEM),
    *_patterns("/api/v2", _STATUSPAGE, dialect=PROBLEM),
    *_patterns("/status/v1", _ENVELOPE_PUBLIC, dialect=ENVELOPE, audience=Audience.PUBLIC),
    *_patterns("/status/v1", _ENVELOPE_OPS, dialect=ENVELOPE, audience=Audience.OPS),
    *_patterns("", _STATUS, dialect=PROBLEM, schema=None),  # the alias that the first seed document writes
    _unknown("status/v1", ENVELOPE),
    _unknown("status", PROBLEM),
    _unknown("api", PROBLEM),
]
