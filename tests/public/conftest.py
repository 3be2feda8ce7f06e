"""Situations of the public site, and the list of its routes that every rule is checked on."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup, Subscription
from incidents.models.tokens import Purpose

FEEDS = ("rss", "atom", "json_feed", "service_rss", "service_atom")
CALENDARS = ("ics", "maintenances_ics", "maintenance_ics", "service_ics")
BADGES = ("badge", "badge_json", "service_badge", "service_badge_json")
EMBEDDED = ("embed", "embed_script")
SIGNPOSTS = ("robots", "sitemap", "security")

type Pages = dict[str, str]
type Soup = Callable[[str], BeautifulSoup]


def words(part: Tag | None) -> str:
    """What a reader sees of it, with every kind of space the same."""
    assert part is not None
    return " ".join(part.get_text(" ").split())


@pytest.fixture
def api(service: Callable[..., Service], now: datetime) -> Service:
    return service("api", name="API", now=now - timedelta(days=60))


@pytest.fixture
def login(service: Callable[..., Service], now: datetime) -> Service:
    return service("login", name="Login", now=now - timedelta(days=60))


@pytest.fixture
def soup(client: Client, frozen: object) -> Soup:
    """The parsed page at a path, which must be there."""

    def get(path: str) -> BeautifulSoup:
        response = client.get(path)
        assert response.status_code == 200
        return BeautifulSoup(response.content, "html.parser")

    return get


@pytest.fixture
def resolved(api: Service, incident: Callable[..., Incident], ops: Actor, now: datetime) -> Incident:
    """Hit the API for 90 minutes, three days ago; told in four updates."""
    start = now - timedelta(days=3)
    story = incident(title="Slow answers", levels={api: None}, now=start, message="We see **slow** answers.")
    for minutes, status in ((20, "identified"), (60, "monitoring"), (90, "resolved")):
        story.post_update(by=ops, status=IncidentStatus(status), now=start + timedelta(minutes=minutes))
    return story


@pytest.fixture
def planned(api: Service, window: Callable[..., MaintenanceWindow], now: datetime) -> MaintenanceWindow:
    start = now + timedelta(days=2, hours=2)
    return window(
        scheduled_start_at=start,
        scheduled_end_at=start + timedelta(hours=2),
        services=[api],
        now=now - timedelta(days=1),
    )


@pytest.fixture
def under_way(planned: MaintenanceWindow, ops: Actor, now: datetime) -> MaintenanceWindow:
    planned.post_update(by=ops, status=MaintenanceStatus.IN_PROGRESS, now=now - timedelta(minutes=5))
    return planned


@pytest.fixture
def pages(resolved: Incident, planned: MaintenanceWindow, api: Service, frozen: object) -> Pages:
    """One address of every public route, by the route's name."""
    return {
        "home": "/",
        "incident": f"/incidents/{resolved.pk}/",
        "maintenance": f"/maintenance/{planned.pk}/",
        "service": f"/services/{api.slug}/",
        "history": "/history/",
        "month": "/history/2026/11/",
        "rss": "/history.rss",
        "atom": "/history.atom",
        "json_feed": "/feed.json",
        "ics": "/history.ics",
        "maintenances_ics": "/maintenance.ics",
        "maintenance_ics": f"/maintenance/{planned.pk}.ics",
        "service_rss": f"/services/{api.slug}.rss",
        "service_atom": f"/services/{api.slug}.atom",
        "service_ics": f"/services/{api.slug}.ics",
        "badge": "/badge.svg",
        "badge_json": "/badge.json",
        "service_badge": f"/badge/{api.slug}.svg",
        "service_badge_json": f"/badge/{api.slug}.json",
        "embed": "/embed/",
        "embed_script": "/embed.js",
        "privacy": "/privacy/",
        "error": "/errors/conflict/",
        "subscribe": "/subscribe/",
        "favicon": "/favicon.svg",
        "robots": "/robots.txt",
        "sitemap": "/sitemap.xml",
        "security": "/.well-known/security.txt",
    }


@pytest.fixture
def holder_pages(subscription: Callable[..., Subscription], frozen: object) -> Pages:
    """One address of every route that a mailed token opens, by the route's name."""
    waits, known = subscription("waits@example.com", verified=False), subscription("known@example.com")
    rows = {Purpose.CONFIRM: waits, Purpose.MANAGE: known, Purpose.UNSUBSCRIBE: known}
    return {purpose: f"/subscriptions/{purpose}/{row.token(purpose)}/" for purpose, row in rows.items()}


@pytest.fixture
def say_everywhere(
    api: Service, resolved: Incident, planned: MaintenanceWindow, incident: Callable[..., Incident], ops: Actor
) -> Callable[[str], None]:
    """Writes a text into every field that the public can read."""

    def say(text: str) -> None:
        group = ServiceGroup.add(by=ops, slug="group", name=text, description=text)
        api.change(by=ops, name=text, description=text, group_id=group.pk)
        for story in Incident.objects.all():
            story.edit(by=ops, title=text, description=text)
        incident(title=text, description=text, message=text, levels={api: None})
        resolved.updates.latest("version").correct(text, by=ops)
        resolved.write_postmortem(text, published=True, by=ops)
        planned.edit(by=ops, title=text, description=text)

    return say
