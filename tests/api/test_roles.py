"""Who may do what: each route, each method, each kind of caller."""

from typing import Any

import pytest

from incidents.api.urls import urlpatterns
from incidents.api.views import Audience, UnknownPath
from statussite.urls import rendered
from tests.api.calling import Caller

ID = "abcdefghijkl"


def operations() -> list[tuple[str, str, bool]]:
    """(method, path, whether it needs a role) of every operation of the URLconf, but for the tokens'."""
    found = []
    for pattern in (*rendered, *urlpatterns):
        view: Any = pattern.callback
        path = "/" + str(pattern.pattern).removeprefix("^").removesuffix("/?$")
        path = path.replace("(?P<id>[a-z0-9]+)", ID).replace("(?P<slug>[a-z0-9-]+)", ID)
        if view.cls is UnknownPath or "/auth/" in path:
            continue
        for method, action in view.actions.items():
            closed = view.initkwargs.get("audience") is Audience.OPS or not view.cls.operations[action].is_open
            found.append((method.upper(), path, closed))
    return sorted(set(found))


CLOSED = [(method, path) for method, path, closed in operations() if closed]
OPEN = [(method, path) for method, path, closed in operations() if not closed]


def test_every_write_needs_a_role() -> None:
    assert {method for method, _ in OPEN} <= {"GET", "HEAD"}
    assert {"POST", "PUT", "PATCH", "DELETE"} <= {method for method, _ in CLOSED}


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_closed_operation_asks_who_you_are(anyone: Caller, method: str, path: str) -> None:
    answer = anyone(method, path, {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_closed_operation_refuses_who_lacks_the_role(officer: Caller, method: str, path: str) -> None:
    assert officer(method, path, {}).status_code == 403


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_closed_operation_lets_ops_through(ops_caller: Caller, method: str, path: str) -> None:
    assert ops_caller(method, path, {}).status_code in (200, 400, 404, 422)


@pytest.mark.parametrize(("method", "path"), OPEN)
def test_an_open_operation_lets_everybody_through(anyone: Caller, officer: Caller, method: str, path: str) -> None:
    assert anyone(method, path).status_code in (200, 400, 404)
    assert officer(method, path).status_code in (200, 400, 404)
