"""The addresses that tools for Statuspage know, with or without a slash at the end."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path

from incidents.models.identifiers import LENGTH
from incidents.statuspage import months, views

ID = rf"(?P<id>[a-z0-9]{{{LENGTH}}})"


def _document(name: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
    return re_path(rf"^api/v2/{name}\.json/?$", view, name=view.__name__)


app_name = "statuspage"
urlpatterns = [
    _document("summary", views.summary),
    _document("status", views.status),
    _document("components", views.components),
    _document("incidents", views.incidents),
    _document("incidents/unresolved", views.unresolved),
    _document(f"incidents/{ID}", views.incident),
    _document("scheduled-maintenances", views.maintenances),
    _document("scheduled-maintenances/upcoming", views.upcoming),
    _document("scheduled-maintenances/active", views.active),
    path("history", months.history, name="history"),
]
