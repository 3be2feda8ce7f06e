"""What HTTP asks of every route: HEAD, OPTIONS, Allow, Location, and a slash at the end that changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller
from tests.api.routes import Route, routes

pytestmark = pytest.mark.usefixtures("frozen")
EVERY = pytest.mark.parametrize("route", routes(), ids=str)
READING = pytest.mark.parametrize("route", [route for route in routes() if "get" in route.actions], ids=str)
OWN = ("X-Request-ID", "X-RateLimit-Remaining")  # differs from answer to answer
TOLD = ("instance", "request_id", "trace_id", "span_id")

KEY = "k" * 16

type Fill = Callable[[Route], str]


@pytest.fixture(autouse=True)
def _key(frozen: object, settings: Any, ops_caller: Caller) -> None:
    """Who is ops may come to the internal routes too."""
    settings.INTERNAL_API_KEYS = [KEY]
    ops_caller.headers["X-API-Key"] = KEY


@pytest.fixture
def path_of(
    now: Any,
    ops: Actor,
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
    api: Service,
) -> Fill:
    """A path of the route, at which there is something."""
    ServiceGroup.add(by=ops, slug="web", name="Web")
    times = {"scheduled_start_at": now + timedelta(hours=1), "scheduled_end_at": now + timedelta(hours=2)}
    there = {"/incidents/": incident().pk, "/maintenance": window(**times).pk, "/services/": "api", "-groups/": "web"}
    return lambda route: route.path.replace(
        "{}", next((name for part, name in there.items() if part in route.path), "abcdefghijkl")
    )


def headers_of(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.items() if name not in OWN}


def content_of(answer: Any) -> dict[str, Any]:
    """What it tells, without what belongs to this one request."""
    told = {**answer.json(), **answer.json().pop("meta", {})}
    return {name: value for name, value in told.items() if name not in (*TOLD, "meta")}


@READING
def test_head_is_get_without_the_body(ops_caller: Caller, path_of: Fill, route: Route) -> None:
    path = path_of(route)
    head, get = ops_caller("HEAD", path, X_Request_ID="one"), ops_caller.get(path, X_Request_ID="one")
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert headers_of(head) == headers_of(get)
    assert int(head["Content-Length"]) == len(get.content)


@READING
def test_a_known_answer_is_a_304_to_head_too(anyone: Caller, path_of: Fill, route: Route) -> None:
    path = path_of(route)
    tag = anyone.get(path).headers.get("ETag")
    statuses = {anyone(method, path, If_None_Match=tag or '"x"').status_code for method in ("GET", "HEAD")}
    assert statuses == ({304} if tag else {anyone.get(path).status_code})


@EVERY
def test_options_and_a_wrong_method_tell_what_is_allowed(ops_caller: Caller, path_of: Fill, route: Route) -> None:
    path = path_of(route)
    options, wrong = ops_caller("OPTIONS", path), ops_caller("PURGE", path, b"anything")
    assert (options.status_code, wrong.status_code) == (200, 405)
    assert set(options["Allow"].split(", ")) == set(wrong["Allow"].split(", ")) == route.methods


@EVERY
def test_a_slash_at_the_end_changes_nothing(ops_caller: Caller, path_of: Fill, route: Route) -> None:
    path = path_of(route)
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
        body = {"nonsense": 1} if method.startswith(("P", "D")) else None
        stale = {"If_Match": '"v9"'}  # so that nothing is deleted by the first
        plain, slashed = ops_caller(method, path, body, **stale), ops_caller(method, f"{path}/", body, **stale)
        assert plain.status_code == slashed.status_code
        assert headers_of(plain).keys() == headers_of(slashed).keys()
        assert plain.get("ETag") == slashed.get("ETag")
        assert method == "HEAD" or content_of(plain) == content_of(slashed)


@pytest.mark.parametrize("path", [f"{PROBLEM}/incidents", "/status/incidents", f"{ADMIN}/incidents"])
@pytest.mark.parametrize("end", ["", "/"])
def test_what_was_created_is_where_its_location_says(ops_caller: Caller, path: str, end: str) -> None:
    new = {"title": "Login fails", "severity": "major", "status": "investigating"}
    answer = ops_caller.post(path + end, new)
    assert (answer.status_code, answer["Location"].rpartition("/")[0]) == (201, path)
    assert ops_caller.get(answer["Location"]).json()["data"]["title"] == "Login fails"


@pytest.mark.parametrize("path", ["///x", f"/{ENVELOPE}", f"{ENVELOPE}//", f"{ENVELOPE}//incidents", "//api//v1"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_two_slashes_lead_nowhere(anyone: Caller, method: str, path: str) -> None:
    assert anyone(method, path, {"title": "x"}).status_code in (403, 404)


@EVERY
def test_no_answer_touches_a_cookie(anyone: Caller, path_of: Fill, route: Route) -> None:
    broken = {"Cookie": "csrftoken=broken; sessionid=; messages=x", "If_Match": '"v9"'}
    for method in route.methods:
        answer = anyone(method, path_of(route), {}, **broken)
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
