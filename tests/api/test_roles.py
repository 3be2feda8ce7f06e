"""Who may do what: each route, each method, each kind of caller."""

import re
from typing import Any

import pytest

from incidents.api.internal import InternalView
from incidents.api.urls import urlpatterns
from incidents.api.views import Audience, UnknownPath
from statussite.urls import rendered
from tests.api.calling import Caller

ID = "abcdefghijkl"
SUBSCRIBERS = (
    *(f"{base}/status/subscriptions{path}" for base in ("", "/api/v1") for path in ("", "/verify", "/preferences")),
    *(f"/status/v1/subscriptions{path}" for path in ("", "/verify", f"/{ID}", f"/{ID}/resend")),
    "/api/v2/subscribers.json",
)


def operations() -> list[tuple[str, str, bool]]:
    """(method, path, whether it needs a role) of every operation of the URLconf, but for the tokens'."""
    found = []
    for pattern in (*rendered, *urlpatterns):
        view: Any = pattern.callback
        path = "/" + str(pattern.pattern).removeprefix("^").removesuffix("/?$")
        path = re.sub(r"\(\?P<\w+>[^)]+\)", ID, path).replace("\\", "")
        if view.cls in (UnknownPath, InternalView) or "/auth/" in path:
            continue
        for method, action in view.actions.items():
            closed = view.initkwargs.get("audience") is Audience.OPS or not view.cls.operations[action].is_open
            found.append((method.upper(), path, closed))
    return sorted(set(found))


CLOSED = [(method, path) for method, path, closed in operations() if closed]
OPEN = [(method, path) for method, path, closed in operations() if not closed]


def test_every_write_needs_a_role_but_those_of_subscribers() -> None:
    assert {path for method, path in OPEN if method != "GET"} == set(SUBSCRIBERS)
    assert {"POST", "PUT", "PATCH", "DELETE"} <= {method for method, _ in CLOSED}


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_closed_operation_asks_who_you_are(anyone: Caller, method: str, path: str) -> None:
    answer = anyone(method, path, {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_closed_operation_refuses_who_lacks_the_role(officer: Caller, method: str, path: str) -> None:
    allowed = "/gdpr/" in path
    assert officer(method, path, {}).status_code in ((400, 422) if allowed else (403,))


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_closed_operation_lets_ops_through(ops_caller: Caller, method: str, path: str) -> None:
    assert ops_caller(method, path, {}).status_code in (200, 400, 404, 422)


@pytest.mark.parametrize(("method", "path"), OPEN)
def test_an_open_operation_lets_everybody_through(anyone: Caller, officer: Caller, method: str, path: str) -> None:
    known = (400, 422) if "subscri" in path else (200, 400, 404)  # what a subscriber sends is missing here
    assert anyone(method, path, {}).status_code in known
    assert officer(method, path, {}).status_code in known
