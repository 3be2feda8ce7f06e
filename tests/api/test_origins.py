"""Pages of other sites read what is public, and nothing else."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.urls import get_resolver, reverse

from incidents.models import Incident
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller
from tests.api.document import ANY_ID
from tests.api.routes import Route, routes
from tests.published.test_index import public_routes

PUBLIC = [route for route in routes() if route.is_read_in_public]
OTHERS = [route for route in routes() if not route.is_read_in_public]
HERE = {"Origin": "https://evil.example"}


# Outside the API: the routes whose answers other sites may read.
SHARED = {
    "api-document",
    *(f"statuspage:{name}" for name in ("summary", "status", "components", "incidents", "unresolved", "incident")),
    *(f"statuspage:{name}" for name in ("maintenances", "upcoming", "active")),
}
NAMED = {"id": ANY_ID, "slug": "api", "kind": "conflict", "first": date(2026, 11, 1), "token": "x", "source": "grafana"}


def place(name: str) -> str:
    """Where a route is, with something in each place that it leaves open."""
    resolver, route = get_resolver(), name
    while ":" in route:
        space, _, route = route.partition(":")
        resolver = resolver.namespace_dict[space][1]
    takes = set(resolver.reverse_dict.getlist(route)[0][0][0][1])
    return reverse(name, kwargs={one: NAMED[one] for one in takes})


def said(answer: object) -> dict[str, str]:
    return {name: value for name, value in answer.items() if name.startswith("Access-Control")}  # type: ignore[attr-defined]


def at(route: Route) -> str:
    return route.path.replace("{}", "abcdefghijkl")


def test_there_are_both_kinds() -> None:
    assert {f"{PROBLEM}/incidents", "/status/incidents", f"{ENVELOPE}/summary"} <= {str(route) for route in PUBLIC}
    assert {"/api/v1/auth/token", f"{ADMIN}/incidents"} <= {str(route) for route in OTHERS}


@pytest.mark.parametrize("route", PUBLIC, ids=str)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_every_site_may_read_what_is_public(anyone: Caller, route: Route, method: str) -> None:
    answer = anyone(method, at(route), **HERE)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert {"ETag", "X-RateLimit-Remaining", "X-Request-ID"} <= set(answer["Access-Control-Expose-Headers"].split(", "))
    assert "Access-Control-Allow-Credentials" not in answer


def test_it_may_read_what_went_wrong_too(frozen: object, anyone: Caller) -> None:
    tag = anyone.get(f"{ENVELOPE}/", **HERE)["ETag"]
    answers = [anyone.get(f"{ENVELOPE}/", If_None_Match=tag, **HERE), anyone.get(f"{PROBLEM}/incidents?page=x", **HERE)]
    answers += [anyone.get(f"{PROBLEM}/overview", **HERE) for _ in range(98)]
    assert [answers[n].status_code for n in (0, 1, -1)] == [304, 400, 429]
    assert {answer["Access-Control-Allow-Origin"] for answer in answers} == {"*"}


@pytest.mark.parametrize("route", OTHERS, ids=str)
def test_no_other_route_lets_anybody_in(anyone: Caller, ops_caller: Caller, route: Route) -> None:
    for method in route.methods:
        assert said(anyone(method, at(route), {}, **HERE)) == {}
        assert said(ops_caller(method, at(route), {}, If_Match='"v9"', **HERE)) == {}


@pytest.mark.parametrize("route", PUBLIC, ids=str)
def test_an_answer_to_a_token_is_for_nobody_else(ops_caller: Caller, route: Route) -> None:
    assert said(ops_caller.get(at(route), **HERE)) == {}
    assert said(Caller({"Authorization": "Bearer x"}).get(at(route), **HERE)) == {}


@pytest.mark.parametrize("route", [route for route in PUBLIC if route.methods > {"GET", "OPTIONS"}], ids=str)
def test_a_write_tells_other_sites_nothing(anyone: Caller, operator: User, route: Route) -> None:
    for method in route.methods - {"GET", "HEAD", "OPTIONS"}:
        assert said(anyone(method, at(route), {}, **HERE)) == {}
        assert said(anyone("OPTIONS", at(route), Access_Control_Request_Method=method, **HERE)) == {}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_preflight_for_reading_is_granted_but_for_no_token(anyone: Caller, method: str) -> None:
    asked = {"Access_Control_Request_Method": method, "Access_Control_Request_Headers": "if-none-match"}
    answer = anyone("OPTIONS", f"{PROBLEM}/incidents", **asked, **HERE)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in answer["Access-Control-Allow-Headers"]
    assert "Authorization" not in answer["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("name", sorted(set(public_routes())))
def test_outside_the_api_only_what_is_listed_is_shared(anyone: Caller, name: str) -> None:
    shared = {method: bool(said(anyone(method, place(name), **HERE))) for method in ("GET", "HEAD", "OPTIONS", "POST")}
    assert (shared["GET"], shared["HEAD"], shared["POST"]) == (name in SHARED, name in SHARED, False)
    assert name in SHARED or not shared["OPTIONS"]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz/worker", "/metrics", "/admin/login/", "/errors/none/"])
def test_nor_is_what_stands_beside_the_routes(anyone: Caller, path: str) -> None:
    assert said(anyone.get(path, **HERE)) == {}


def test_what_nobody_offers_is_not_shared(anyone: Caller) -> None:
    assert said(anyone.get(f"{ENVELOPE}/nope", **HERE)) == {}
    assert Incident.objects.count() == 0
