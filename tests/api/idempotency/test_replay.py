"""A write that is sent again under its key is answered as the first time, and done once."""

import json
from collections.abc import Callable

import pytest

from incidents.models import AuditEntry, Event, Incident
from tests.api.calling import ADMIN, Caller
from tests.api.idempotency.conftest import INCIDENTS, NEW, is_replay

type Open = Callable[..., Incident]


@pytest.mark.parametrize("path", [INCIDENTS, f"{ADMIN}/incidents"])
def test_a_repeated_creation_is_replayed(retrying: Caller, path: str) -> None:
    """I01"""
    first, again = retrying.post(path, NEW), retrying.post(path, NEW)
    assert (first.status_code, first.has_header("Idempotent-Replayed")) == (201, False)
    assert is_replay(again, first)
    assert Incident.objects.count() == Event.objects.count() == AuditEntry.objects.count() == 1


def test_the_order_and_the_spacing_of_json_say_nothing(retrying: Caller) -> None:
    """I02"""
    first = retrying.post(INCIDENTS, NEW)
    pretty = json.dumps(dict(reversed(NEW.items())), indent=4).encode()
    assert is_replay(retrying.post(INCIDENTS, pretty), first)


@pytest.mark.parametrize("path", ["/api/v1/status/incidents/", "/status/incidents", "/status/incidents/"])
def test_another_spelling_of_the_path_is_the_same_operation(retrying: Caller, path: str) -> None:
    first = retrying.post(INCIDENTS, NEW)
    assert is_replay(retrying.post(path, NEW), first)


def test_the_order_of_parameters_says_nothing(retrying: Caller) -> None:
    """I07"""
    first = retrying.post(f"{INCIDENTS}?a=1&b=2&b=3", NEW)
    assert is_replay(retrying.post(f"{INCIDENTS}?b=2&a=1&b=3", NEW), first)


def test_a_key_is_the_same_with_and_without_quotes(retrying: Caller) -> None:
    """I13"""
    first = retrying.post(INCIDENTS, NEW, X_Idempotency_Key='"a-uuid"')
    assert is_replay(retrying.post(INCIDENTS, NEW, X_Idempotency_Key="a-uuid"), first)


def test_a_key_is_the_same_under_either_name(ops_caller: Caller) -> None:
    first = ops_caller.post(INCIDENTS, NEW, X_Idempotency_Key="K")
    assert is_replay(ops_caller.post(INCIDENTS, NEW, Idempotency_Key="K"), first)
    assert is_replay(ops_caller.post(INCIDENTS, NEW, Idempotency_Key="K", X_Idempotency_Key='"K"'), first)


def test_a_deletion_is_replayed_though_nothing_is_left(retrying: Caller, incident: Open) -> None:
    """I21"""
    path = f"{INCIDENTS}/{incident().pk}"
    first = retrying.delete(path)
    assert first.status_code == 200
    assert is_replay(retrying.delete(path), first)
    assert retrying.delete(path, X_Idempotency_Key="new").status_code == 404


def test_a_replayed_creation_is_the_original_though_it_was_edited_since(retrying: Caller) -> None:
    """I22"""
    first = retrying.post(INCIDENTS, NEW)
    path = f"{INCIDENTS}/{first.json()['data']['id']}"
    assert retrying.patch(path, {"title": "Edited"}, X_Idempotency_Key="other").status_code == 200
    assert is_replay(retrying.post(INCIDENTS, NEW), first)


def test_a_replayed_creation_does_not_bring_back_what_was_deleted(retrying: Caller) -> None:
    """I23"""
    first = retrying.post(INCIDENTS, NEW)
    retrying.delete(f"{INCIDENTS}/{first.json()['data']['id']}", X_Idempotency_Key="other")
    assert is_replay(retrying.post(INCIDENTS, NEW), first)
    assert not Incident.objects.exists()


def test_a_replay_carries_the_headers_of_the_answer_and_its_own(retrying: Caller) -> None:
    """I36"""
    first = retrying.post(INCIDENTS, NEW, X_Request_ID="first")
    again = retrying.post(INCIDENTS, NEW, X_Request_ID="again")
    assert is_replay(again, first)
    assert (first["X-Request-ID"], again["X-Request-ID"]) == ("first", "again")
    assert first["Location"].endswith(first.json()["data"]["id"])
    own = ("X-Request-ID", "Idempotent-Replayed", "X-RateLimit-Remaining")
    assert {n: v for n, v in first.items() if n not in own} == {n: v for n, v in again.items() if n not in own}
    assert not first.cookies
    assert not again.cookies
    assert again["Cache-Control"] == "no-store"


def test_without_a_key_a_write_of_the_problem_dialect_is_done_every_time(ops_caller: Caller) -> None:
    assert [ops_caller.post(INCIDENTS, NEW).status_code for _ in range(2)] == [201, 201]
    assert Incident.objects.count() == 2


def test_a_read_does_not_look_at_the_header(retrying: Caller) -> None:
    """I40"""
    for key in ("K", "", "ü"):
        first, again = (retrying.get(INCIDENTS, X_Idempotency_Key=key) for _ in range(2))
        assert first.status_code == again.status_code == 200
        assert not again.has_header("Idempotent-Replayed")
    assert retrying.post(INCIDENTS, NEW).status_code == 201
