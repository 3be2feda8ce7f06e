"""Paths of the public site. What does not fit a pattern is a 404 before the database hears of it."""

from datetime import date

from django.urls import URLResolver, path, register_converter

from incidents import rules
from incidents.models.identifiers import LENGTH
from incidents.public import badges, calendars, embed, feeds, signposts, subscribe, subscriptions, views
from statussite.languages import LanguagePrefix


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
# For people: each in every language.
_pages = [
    path("", views.home, name="home"),
    path("incidents/<id:id>/", views.incident, name="incident"),
    path("maintenance/<id:id>/", views.maintenance, name="maintenance"),
    path("services/<name:slug>/", views.service, name="service"),
    path("history/", views.history, name="history"),
    path("history/<month:first>/", views.month, name="month"),
    path("embed/", embed.frame, name="embed"),
    path("embed.js", embed.script, name="embed_script"),
    path("subscribe/", subscribe.subscribe, name="subscribe"),
    path("subscriptions/confirm/<token:token>/", subscriptions.confirm, name="confirm"),
    path("subscriptions/manage/<token:token>/", subscriptions.manage, name="manage"),
    path("subscriptions/unsubscribe/<token:token>/", subscriptions.unsubscribe, name="unsubscribe"),
    path("privacy/", views.privacy, name="privacy"),
    path("errors/<name:kind>/", views.error, name="error"),
]
# For programs: in the page's own language.
urlpatterns = [
    URLResolver(LanguagePrefix(), _pages),  # type: ignore[arg-type]  # any pattern will do
    path("history.rss", feeds.rss, name="rss"),
    path("history.atom", feeds.atom, name="atom"),
    path("feed.json", feeds.json_feed, name="json_feed"),
    path("history.ics", calendars.history, name="ics"),
    path("maintenance.ics", calendars.maintenances, name="maintenances_ics"),
    path("maintenance/<id:id>.ics", calendars.maintenance, name="maintenance_ics"),
    path("services/<name:slug>.rss", feeds.service_rss, name="service_rss"),
    path("services/<name:slug>.atom", feeds.service_atom, name="service_atom"),
    path("services/<name:slug>.ics", calendars.history, name="service_ics"),
    path("badge.svg", badges.picture, name="badge"),
    path("badge.json", badges.endpoint, name="badge_json"),
    path("badge/<name:slug>.svg", badges.picture, name="service_badge"),
    path("badge/<name:slug>.json", badges.endpoint, name="service_badge_json"),
    path("favicon.svg", views.favicon, name="favicon"),
    path("robots.txt", signposts.robots, name="robots"),
    path("sitemap.xml", signposts.sitemap, name="sitemap"),
    path(".well-known/security.txt", signposts.security, name="security"),
]
