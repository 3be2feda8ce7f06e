"""Paths of the public site. What does not fit a pattern is a 404 before the database hears of it."""

from datetime import date

from django.urls import path, register_converter

from incidents import rules
from incidents.models.identifiers import LENGTH
from incidents.public import feeds, subscriptions, views


class IdConverter:
    regex = f"[a-z0-9]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class NameConverter(IdConverter):
    regex = f"[a-z0-9-]{{1,{rules.MAX_NAME}}}"


class TokenConverter(IdConverter):
    regex = "[A-Za-z0-9._-]{1,200}"


class MonthConverter:
    """`2026/11` ↔ the first day of that month."""

    regex = "[0-9]{4}/[0-9]{2}"

    def to_python(self, value: str) -> date:
        first = date(int(value[:4]), int(value[5:]), 1)
        if first < rules.EARLIEST.date():
            raise ValueError(value)
        return first

    def to_url(self, value: date) -> str:
        return f"{value:%Y/%m}"


register_converter(IdConverter, "id")
register_converter(NameConverter, "name")
register_converter(TokenConverter, "token")
register_converter(MonthConverter, "month")

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("incidents/<id:id>/", views.incident, name="incident"),
    path("maintenance/<id:id>/", views.maintenance, name="maintenance"),
    path("services/<name:slug>/", views.service, name="service"),
    path("history/", views.history, name="history"),
    path("history/<month:first>/", views.month, name="month"),
    path("history.rss", feeds.rss, name="rss"),
    path("subscriptions/confirm/<token:token>/", subscriptions.confirm, name="confirm"),
    path("subscriptions/manage/<token:token>/", subscriptions.manage, name="manage"),
    path("subscriptions/unsubscribe/<token:token>/", subscriptions.unsubscribe, name="unsubscribe"),
    path("errors/<name:kind>/", views.error, name="error"),
    path("favicon.svg", views.favicon, name="favicon"),
    path("robots.txt", views.robots, name="robots"),
]
