"""Private and draft things do not exist here: no route tells of them by a word, a count or a figure."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service
from incidents.public.urls import urlpatterns
from incidents.severity import ServiceStatus, Severity
from tests.conftest import NOW
from tests.public.conftest import Pages


@pytest.fixture
def secrets(
    resolved: Incident,
    service: Callable[..., Service],
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
    ops: Actor,
) -> Callable[[], list[str]]:
    """Adds one of everything that nobody may see and returns their addresses."""
    now, api = NOW, Service.objects.get(slug="api")

    def add() -> list[str]:
        down = {api: ServiceStatus.MAJOR_OUTAGE}
        hour = timedelta(hours=1)
        vault = service("vault", name="Vault", is_public=False, now=now - 60 * 24 * hour)
        private = incident(
            title="Private", severity=Severity.CRITICAL, levels=down, is_public=False, now=now - 50 * hour
        )
        draft = incident(title="Draft", severity=Severity.CRITICAL, status=IncidentStatus.DRAFT, levels=down)
        old = incident(title="Old", levels=down, is_public=False, continues=resolved, now=now - 900 * hour)
        old.post_update(by=ops, status=IncidentStatus.RESOLVED, now=now - 880 * hour)
        hidden = window(
            title="Hidden",
            scheduled_start_at=now - hour,
            scheduled_end_at=now + hour,
            services=[api],
            is_public=False,
            now=now - 2 * hour,
        )
        hidden.post_update(by=ops, status=MaintenanceStatus.IN_PROGRESS, now=now)
        told = [f"/incidents/{story.pk}/" for story in (private, draft, old)]
        return [*told, f"/maintenance/{hidden.pk}/", f"/services/{vault.slug}/"]

    return add


def names(routes: Iterable[object]) -> Iterator[str | None]:
    for route in routes:
        if isinstance(route, URLResolver):
            yield from names(route.url_patterns)
        elif isinstance(route, URLPattern):
            yield route.name


def test_every_public_route_is_in_the_list_that_these_rules_are_checked_on(pages: Pages, holder_pages: Pages) -> None:
    assert set(names(urlpatterns)) == {*pages, *holder_pages}


def test_no_public_route_changes_by_a_byte_when_something_private_happens(
    client: Client, pages: Pages, holder_pages: Pages, secrets: Callable[[], list[str]]
) -> None:
    every = {**pages, **holder_pages}
    before = {name: client.get(path).content for name, path in every.items()}
    secrets()
    assert {name: client.get(path).content for name, path in every.items()} == before


def test_what_is_private_is_answered_like_what_never_existed(
    client: Client, frozen: object, secrets: Callable[[], list[str]]
) -> None:
    never = client.get("/incidents/000000000000/")
    for path in secrets():
        response = client.get(path)
        assert (response.status_code, response.content) == (404, never.content)


def test_taking_an_incident_back_from_the_public_takes_it_back_everywhere(
    client: Client, pages: Pages, resolved: Incident, ops: Actor
) -> None:
    resolved.edit(by=ops, is_public=False)
    for name, path in pages.items():
        content = client.get(path).content.decode()
        assert "Slow answers" not in content, name
        assert resolved.pk not in content, name
