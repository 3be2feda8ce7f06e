"""What is private, or a draft, does not exist for the public: on no route of the API."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from django.urls import URLPattern
from django.utils import timezone

from incidents.api.letters import snake
from incidents.api.urls import urlpatterns
from incidents.api.views import Audience, UnknownPath
from incidents.lifecycle import IncidentStatus
from incidents.models import Incident, MaintenanceWindow, Service, Subscription
from incidents.models.tokens import Purpose
from statussite.urls import rendered
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller

SECRET = "Top secret"

# Every public GET route, with what it must answer for something hidden. A new one has to be thought about here.
ROUTES = {
    "/status/overview": 200,
    "/status/json": 200,
    "/status/services": 200,
    "/status/incidents": 200,
    "/status/incidents/<incident>": 404,
    "/status/incidents/<incident>/updates": 404,
    "/status/maintenances": 200,
    "/status/maintenances/<window>": 404,
    "/status/maintenances/<window>/updates": 404,
    "/status/metrics/uptime?service=<service>": 404,
    "/status/metrics/latency?service=<service>": 404,
    "/status/rss": 200,
    "/status/badge/<service>": 404,
    "/status/subscriptions/preferences?token=<token>": 200,
    "/status/v1/subscriptions/<token>": 200,
    "/status/v1": 200,
    "/status/v1/history": 200,
    "/status/v1/summary": 200,
    "/status/v1/services": 200,
    "/status/v1/services/<service>": 404,
    "/status/v1/incidents": 200,
    "/status/v1/incidents/<incident>": 404,
    "/status/v1/incidents/<incident>/updates": 404,
    "/status/v1/maintenance": 200,
    "/status/v1/maintenance/<window>": 404,
}


def public_reads() -> Iterator[str]:
    """The paths, with the kind of thing that each names, of all GET routes that need no role."""
    for pattern in (*rendered, *urlpatterns):
        view: Any = pattern.callback
        public = view.initkwargs.get("audience") is not Audience.OPS and view.cls is not UnknownPath
        if public and "get" in view.actions and view.cls.operations[view.actions["get"]].is_open:
            yield _path(pattern)


def _path(pattern: URLPattern) -> str:
    path = "/" + str(pattern.pattern).removeprefix("^").removesuffix("/?$")
    kind = "window" if "maintenance" in path else "incident"
    path += "?service=<service>" if "/metrics/" in path else ""
    path = path.replace("/preferences", "/preferences?token=<token>").replace("(?P<token>[^/]+)", "<token>")
    return path.replace("(?P<id>[a-z0-9]+)", f"<{kind}>").replace("(?P<slug>[a-z0-9-]+)", "<service>")


def test_every_public_read_is_covered_here() -> None:
    assert {path.removeprefix("/api/v1") for path in public_reads()} == set(ROUTES)


@pytest.fixture
def hidden(
    service: Callable[..., Service],
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
    subscription: Callable[..., Subscription],
) -> dict[str, list[str]]:
    """A private service, incidents on it and on a public one that are private or drafts, a private window.

    And the token of a subscriber who chose the service while it was public.
    """
    vault, open_one = service("vault", name=SECRET, is_public=False), service("api")
    subscriber = subscription(categories=["api"])
    subscriber.services.add(vault)
    soon = timezone.now() + timedelta(hours=1)
    levels = {vault: None, open_one: None}
    private = incident(title=SECRET, is_public=False, levels=levels)
    draft = incident(title=SECRET, status=IncidentStatus.DRAFT, levels=levels)
    planned = window(
        title=SECRET,
        is_public=False,
        services=[vault],
        scheduled_start_at=soon,
        scheduled_end_at=soon + timedelta(hours=1),
    )
    return {
        "incident": [private.pk, draft.pk],
        "window": [planned.pk],
        "service": ["vault"],
        "token": [subscriber.token(Purpose.MANAGE)],
    }


def filled(path: str, hidden: dict[str, list[str]]) -> list[str]:
    for kind, names in hidden.items():
        if f"<{kind}>" in path:
            return [path.replace(f"<{kind}>", name) for name in names]
    return [path]


@pytest.mark.parametrize("path", sorted(set(public_reads())))
def test_the_public_reads_nothing_of_what_is_hidden(anyone: Caller, hidden: dict[str, list[str]], path: str) -> None:
    for concrete in filled(path, hidden):
        answer = anyone.get(concrete)
        assert answer.status_code == ROUTES[path.removeprefix("/api/v1")], concrete
        told = answer.content.decode().replace(concrete, "")
        assert not any(name in told for name in [SECRET, *chain(*hidden.values())])


@pytest.mark.parametrize("path", ["/status/overview", "/status/v1", "/status/v1/summary", "/status/json"])
def test_no_figure_gives_it_away(anyone: Caller, service: Callable[..., Service], path: str, request: Any) -> None:
    service("other")
    before = anyone.get(path).json()["data"]
    request.getfixturevalue("hidden")
    after = anyone.get(path).json()["data"]
    changed = {key for key in before if before[key] != after[key]}
    of_the_public_service_beside_them = {"services_total", "services_healthy", "services", "last_updated", "uptime"}
    assert {snake(key) for key in changed} <= of_the_public_service_beside_them
    assert after.get("active_incidents", after.get("activeIncidents", 0)) == 0
    assert all(one["status"].lower() == "operational" for one in after.get("services", []))


def test_a_hidden_incident_and_none_at_all_look_the_same(anyone: Caller, hidden: dict[str, list[str]]) -> None:
    answers = [
        anyone.get(f"{ENVELOPE}/incidents/{name}").json()["error"] for name in (*hidden["incident"], "nosuchthing1")
    ]
    assert answers[0] == answers[1] == answers[2]


def test_filtering_by_a_private_service_finds_nothing(
    anyone: Caller, incident: Callable[..., Incident], service: Callable[..., Service]
) -> None:
    incident(levels={service("vault", is_public=False): None})
    assert anyone.get(f"{PROBLEM}/incidents?service=vault").json()["total"] == 0


def test_a_public_incident_does_not_name_a_private_service(
    anyone: Caller, ops_caller: Caller, incident: Callable[..., Incident], service: Callable[..., Service]
) -> None:
    one = incident(levels={service("vault", is_public=False): None, service("api"): None})
    path = f"{PROBLEM}/incidents/{one.pk}"
    assert anyone.get(path).json()["data"]["affected_services"] == ["api"]
    assert [i["service"] for i in anyone.get(path).json()["data"]["impacts"]] == ["api"]
    assert ops_caller.get(path).json()["data"]["affected_services"] == ["api", "vault"]


def test_a_published_draft_shows_only_what_was_said_in_public(
    anyone: Caller, ops_caller: Caller, incident: Callable[..., Incident]
) -> None:
    one = incident(status=IncidentStatus.DRAFT, message="Not for the public")
    ops_caller.patch(f"{PROBLEM}/incidents/{one.pk}", {"status": "investigating"})
    assert len(anyone.get(f"{PROBLEM}/incidents/{one.pk}").json()["data"]["updates"]) == 1
    assert anyone.get(f"{PROBLEM}/incidents/{one.pk}/updates").json()["total"] == 1
    assert len(ops_caller.get(f"{PROBLEM}/incidents/{one.pk}").json()["data"]["updates"]) == 2


def test_what_was_public_can_be_taken_back(
    anyone: Caller, ops_caller: Caller, incident: Callable[..., Incident]
) -> None:
    path = f"{PROBLEM}/incidents/{incident().pk}"
    assert anyone.get(path).status_code == 200
    ops_caller.patch(path, {"is_public": False})
    assert anyone.get(path).status_code == 404


def test_ops_see_everything_where_they_may(ops_caller: Caller, anyone: Caller, hidden: dict[str, list[str]]) -> None:
    expected = {"problem": 2, "admin": 2, "envelope": 0}
    assert {
        "problem": ops_caller.get(f"{PROBLEM}/incidents").json()["total"],
        "admin": ops_caller.get(f"{ADMIN}/incidents").json()["meta"]["pagination"]["total"],
        "envelope": ops_caller.get(f"{ENVELOPE}/incidents").json()["meta"]["pagination"]["total"],
    } == expected
    assert ops_caller.get(f"{ADMIN}/maintenance/{hidden['window'][0]}").status_code == 200


def test_another_role_sees_what_the_public_sees(officer: Caller, hidden: dict[str, list[str]]) -> None:
    assert officer.get(f"{PROBLEM}/incidents").json()["total"] == 0
