"""The audit trail, for ops to read."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from incidents.models import Actor, Service
from tests.api.calling import ADMIN, Caller

AUDIT = f"{ADMIN}/audit"
NIGHT = Actor("night", "admin", "192.0.2.1")


@pytest.fixture
def trail(service: Callable[..., Service], ops: Actor, now: datetime) -> Service:
    """Added by ops, renamed by night an hour later; another one was added between."""
    api = service("api", name="API", now=now - timedelta(hours=2))
    service("login", now=now - timedelta(hours=1, minutes=30))
    api.change(by=NIGHT, name="Public API", now=now - timedelta(hours=1))
    return api


def entries(ops: Caller, **filters: str) -> Any:
    answer = ops.get(f"{AUDIT}?{urlencode(filters)}")
    assert answer.status_code == 200
    return answer.json()["data"]


def test_it_tells_who_did_what_newest_first(ops_caller: Caller, trail: Service) -> None:
    newest, _, oldest = entries(ops_caller)
    assert newest == {
        "id": newest["id"],
        "at": "2026-11-21T11:00:00Z",
        "actor": "night",
        "via": "admin",
        "address": "192.0.2.1",
        "token": "",
        "action": "updated",
        "subject": {"type": "service", "id": trail.pk, "title": "Public API"},
        "before": {"name": "API"},
        "after": {"name": "Public API"},
    }
    assert (oldest["action"], oldest["after"]["isPublic"]) == ("created", True)


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"actor": "night"}, 1),
        ({"via": "test"}, 2),
        ({"action": "created"}, 2),
        ({"subject_type": "service"}, 3),
        ({"subjectType": "incident"}, 0),
        ({"subject_id": "nosuchthing1"}, 0),
        ({"since": "2026-11-21T10:30:00Z"}, 2),
        ({"until": "2026-11-21T10:30:00Z"}, 1),
        ({"since": "2026-11-21T11:30:00+01:00", "until": "2026-11-21T11:00:00Z", "actor": "ops"}, 1),
    ],
)
def test_it_is_filtered(ops_caller: Caller, filters: dict[str, str], count: int) -> None:
    assert len(entries(ops_caller, **filters)) == count


def test_the_history_of_one_subject(ops_caller: Caller, trail: Service) -> None:
    assert [e["action"] for e in entries(ops_caller, subject_id=trail.pk)] == ["updated", "created"]


@pytest.mark.usefixtures("trail")
def test_it_comes_in_pages(ops_caller: Caller) -> None:
    answer = ops_caller.get(f"{AUDIT}?pageSize=2&page=2").json()
    assert (len(answer["data"]), answer["meta"]["pagination"]["total"]) == (1, 3)


@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-11-21", f"actor={'x' * 256}", "page=0"])
def test_nonsense_is_a_bad_request(ops_caller: Caller, query: str) -> None:
    assert ops_caller.get(f"{AUDIT}?{query}").status_code == 400


def test_statuses_are_written_as_everywhere(ops_caller: Caller, incident: Callable[..., object]) -> None:
    incident()
    assert (entries(ops_caller)[0]["after"]["status"], entries(ops_caller)[0]["after"]["title"]) == (
        "INVESTIGATING",
        "Broken",
    )
