"""The index knows exactly the pages that there are, so that nothing else costs anything."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

import incidents.api.urls
from incidents.api.views import ApiView
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Event, Incident, Revision, Service
from incidents.published.index import FIXED, RARE, ROUTES, Index
from tests.public.conftest import Pages, api, pages, planned, resolved

__all__ = ["api", "pages", "planned", "resolved"]

# What everybody may GET, and is made for each request all the same, and why.
NOT_PUBLISHED = {
    "api-reference": "only loads the reference's script, which reads the document",
    "automation:receive": "takes in alerts",
    "automation:receive_with_token": "takes in alerts",
    "statuspage:history": "depends on its query and on Accept",
    "public:subscribe": "has a form, which is no use without the database",
    "public:confirm": "belongs to one reader",
    "public:manage": "belongs to one reader",
    "public:unsubscribe": "belongs to one reader",
}


@pytest.fixture
def index(db: None, now: datetime) -> Index:
    index = Index()
    index.reload(now)
    return index


def public_routes(resolver: URLResolver | None = None) -> Iterator[str]:
    """The names of all routes but those of the admin and the API, whose feed and badges are the API's too."""
    for part in (resolver or get_resolver()).url_patterns:
        if isinstance(part, URLPattern):
            if not issubclass(getattr(part.callback, "cls", object), ApiView):
                yield part.name or str(part.pattern)
        elif part.app_name != "admin" and part.urlconf_name is not incidents.api.urls:
            yield from (f"{part.namespace}:{name}" if part.namespace else name for name in public_routes(part))


def test_every_public_route_has_its_place_in_the_index() -> None:
    placed = {*FIXED, *(name for names in ROUTES.values() for name in names), *NOT_PUBLISHED}
    assert set(public_routes()) == placed


def test_every_public_page_is_known(pages: Pages, now: datetime) -> None:
    index = Index()
    index.reload(now)
    published = [path for name, path in pages.items() if f"public:{name}" not in NOT_PUBLISHED]
    assert [path for path in published if not (index.is_public(path) and index.knows(path))] == []


@pytest.mark.parametrize(
    "path",
    [
        "/incidents/abcdefghijkl/",
        "/incidents//",
        "/incidents/a/b/",
        "/incidents/abc\0/",
        "/maintenance/abcdefghijkl/",
        "/services/none/",
        "/services//",
        "/history/2026/12/",
        "/history/2026/13/",
        "/history/1999/12/",
        "/history/2026/1/",
        "/history/2000/01/",
        "/history/2026/11/",
        "/errors/none/",
        "/api/v2/incidents/abcdefghijkl.json",
        "/api/v2/incidents/none.json",
        "/maintenance/abcdefghijkl.ics",
        "/services/none.rss",
        "/services/.ics",
        "/badge/none.svg",
        "/badge/a/b.json",
        "/badge/.svg",
    ],
)
def test_the_index_and_the_views_agree_on_what_there_is(
    client: Client, index: Index, frozen: object, path: str
) -> None:
    assert index.is_public(path)
    assert index.knows(path) == (client.get(path).status_code == 200)


def test_what_few_ask_for_is_known_but_not_kept(pages: Pages, now: datetime) -> None:
    index = Index()
    index.reload(now)
    rare = {name for name, path in pages.items() if index.knows(path) and path not in index.kept()}
    assert rare == {"month", *(name.removeprefix("public:") for name in RARE)}


def test_beside_a_page_of_a_service_are_its_others(index: Index, api: Service, now: datetime) -> None:
    index.reload(now)
    found = index.beside(["/services/api/", "/services/none/", "/", "/nothing"])
    assert found == {
        *("/services/api/", "/services/api.rss", "/services/api.atom", "/services/api.ics"),
        *("/badge/api.svg", "/badge/api.json"),
        *("/de/services/api/", "/es/services/api/", "/fr/services/api/", "/zh-hans/services/api/"),
    }


def test_without_a_contact_there_is_no_page_for_it(index: Index, settings: Any) -> None:
    assert index.knows("/.well-known/security.txt")
    settings.SECURITY_CONTACT = ""
    assert not Index().is_public("/.well-known/security.txt")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/admin/",
        "/api/v1/status",
        "/history",
        "/api/v2/subscribers.json",
        "/incidents",
        "/history/x",
        "/livez",
        "//",
    ],
)
def test_what_is_no_page_is_left_to_django(index: Index, path: str) -> None:
    assert not index.is_public(path)


def test_a_month_is_there_when_it_begins(index: Index, now: datetime) -> None:
    assert not index.knows("/history/2026/12/")
    index.move_to(now + timedelta(days=10))
    assert index.knows("/history/2026/12/")


# Following what happens


def happened(since: int = 0) -> list[Event]:
    return list(Event.objects.filter(id__gt=since))


def test_a_new_incident_is_known(index: Index, incident: Callable[..., Incident], now: datetime) -> None:
    story = incident()
    assert not index.take_in(happened(), now)
    assert index.knows(f"/incidents/{story.pk}/")


def test_a_hidden_incident_is_known_no_longer(
    index: Index, incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    story = incident()
    index.take_in(happened(), now)
    shown = Revision.current().number
    story.edit(by=ops, is_public=False)
    assert f"/incidents/{story.pk}/" in index.take_in(happened(shown), now)
    assert not index.knows(f"/incidents/{story.pk}/")


def test_what_was_public_only_between_two_looks_is_a_loss(
    index: Index, incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    story = incident()
    story.edit(by=ops, is_public=False)
    assert f"/incidents/{story.pk}/" in index.take_in(happened(), now)


def test_what_was_never_public_is_no_loss(
    index: Index, incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    story = incident(is_public=False)
    assert not index.take_in(happened(), now)
    assert not index.knows(f"/incidents/{story.pk}/")


def test_what_the_database_interrupts_finds_the_same_loss_again(
    index: Index, incident: Callable[..., Incident], ops: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = incident()
    index.reload(now)
    shown = Revision.current().number
    story.edit(by=ops, is_public=False)
    with monkeypatch.context() as patch:
        patch.setattr("incidents.published.index._recent", Mock(side_effect=OperationalError))
        with pytest.raises(OperationalError):
            index.take_in(happened(shown), now)
        with pytest.raises(OperationalError):
            index.reload(now)
    assert f"/incidents/{story.pk}/" in index.reload(now)


def test_a_hidden_service_is_known_no_longer(index: Index, api: Service, ops: Actor, now: datetime) -> None:
    index.reload(now)
    assert index.knows("/services/api/")
    api.change(by=ops, is_public=False)
    assert index.reload(now)
    assert not index.knows("/services/api/")


def test_what_the_home_page_leads_to_is_kept(pages: Pages, now: datetime) -> None:
    index = Index()
    index.reload(now)
    assert {pages[route] for route in ("home", "incident", "maintenance", "service")} <= set(index.kept())


def test_first_comes_what_most_ask_for_when_something_has_happened(resolved: Incident, now: datetime) -> None:
    index = Index()
    index.reload(now)
    assert list(index.kept())[:3] == ["/", "/history.rss", f"/incidents/{resolved.pk}/"]


def test_an_old_story_is_known_but_not_kept(
    index: Index, incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    long_ago = now - timedelta(days=100)
    old = incident(title="Old", now=long_ago)
    old.post_update(by=ops, status=IncidentStatus.RESOLVED, now=long_ago + timedelta(hours=1))
    index.reload(now)
    assert index.knows(f"/incidents/{old.pk}/")
    assert f"/incidents/{old.pk}/" not in index.kept()


def test_not_more_than_so_many_stories_are_kept(
    index: Index, incident: Callable[..., Incident], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.published.index.MOST_RECENT", 2)
    stories = [incident(now=now - timedelta(hours=hours)) for hours in (3, 1, 2)]
    index.reload(now)
    kept = [path for path in index.kept() if path.startswith("/incidents/")]
    assert kept == [f"/incidents/{stories[n].pk}/" for n in (1, 2)]
