"""A key belongs to one request: under another one it is a conflict, and nothing is written."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Event, Incident, Service
from tests.api.calling import ADMIN, Caller
from tests.api.idempotency.conftest import INCIDENTS, NEW, key_of

type Open = Callable[..., Incident]


@pytest.fixture
def spent(retrying: Caller) -> Caller:
    """Has opened an incident under the key that it goes on sending."""
    assert retrying.post(INCIDENTS, NEW).status_code == 201
    return retrying


@pytest.mark.parametrize(
    "changed",
    [
        {**NEW, "title": "Login failed"},  # I03
        {**NEW, "colour": "red"},  # I04
        {**NEW, "severity": "MAJOR"},
        {},
    ],
)
def test_another_body_is_a_conflict(spent: Caller, changed: Any) -> None:
    assert key_of(spent.post(INCIDENTS, changed)) == "idempotency_mismatch"
    assert Event.objects.count() == 1


def test_another_route_is_a_conflict(spent: Caller) -> None:
    """I05"""
    answer = spent.post(f"{ADMIN}/services", {"slug": "api", "name": "API"}, Accept="application/problem+json")
    assert key_of(answer) == "idempotency_mismatch"
    assert not Service.objects.exists()


def test_another_dialect_is_a_conflict(spent: Caller) -> None:
    answer = spent.post(f"{ADMIN}/incidents", NEW)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ERR_STATUS_CONFLICT")
    assert Incident.objects.count() == 1


def test_another_method_is_a_conflict(retrying: Caller, incident: Open) -> None:
    """I06"""
    path = f"{INCIDENTS}/{incident().pk}"
    assert retrying.patch(path, {"title": "Edited"}).status_code == 200
    assert key_of(retrying.put(path, {"title": "Edited"})) == "idempotency_mismatch"


def test_another_query_is_a_conflict(spent: Caller) -> None:
    """I07"""
    assert key_of(spent.post(f"{INCIDENTS}?a=1", NEW)) == "idempotency_mismatch"


def test_the_order_of_a_repeated_parameter_is_another_query(retrying: Caller) -> None:
    assert retrying.post(f"{INCIDENTS}?a=1&a=2", NEW).status_code == 201
    assert key_of(retrying.post(f"{INCIDENTS}?a=2&a=1", NEW)) == "idempotency_mismatch"


def test_another_if_match_is_a_conflict(retrying: Caller, incident: Open) -> None:
    path = f"{INCIDENTS}/{incident().pk}"
    assert retrying.patch(path, {"title": "Edited"}, If_Match='"v1"').status_code == 200
    assert key_of(retrying.patch(path, {"title": "Edited"}, If_Match='"v2"')) == "idempotency_mismatch"


def test_a_conflict_leaves_the_key_to_its_request(spent: Caller) -> None:
    assert spent.post(INCIDENTS, {}).status_code == 409
    assert spent.post(INCIDENTS, NEW).status_code == 201
