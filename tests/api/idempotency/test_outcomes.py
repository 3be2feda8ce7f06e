"""Which outcomes a key remembers, and which free it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError
from rest_framework.exceptions import Throttled

from incidents import roles
from incidents.errors import Busy
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, AuditEntry, Event, IdempotencyRecord, Incident
from tests.api.calling import ADMIN, Caller
from tests.api.conftest import caller_for
from tests.api.idempotency.conftest import INCIDENTS, NEW, is_replay, key_of

type Open = Callable[..., Incident]


@pytest.mark.parametrize(("path", "http"), [(INCIDENTS, 400), (f"{ADMIN}/incidents", 422)])
def test_wrong_fields_are_remembered(retrying: Caller, path: str, http: int) -> None:
    """I19"""
    wrong = {**NEW, "severity": "loud"}
    first = retrying.post(path, wrong)
    assert first.status_code == http
    assert is_replay(retrying.post(path, wrong), first)
    assert retrying.post(path, NEW).status_code == 409
    assert retrying.post(path, NEW, X_Idempotency_Key="new").status_code == 201


@pytest.mark.parametrize("incidents", [INCIDENTS, f"{ADMIN}/incidents"])
def test_an_illegal_move_is_remembered_though_it_became_legal(
    retrying: Caller, user: Callable[..., User], incident: Open, incidents: str
) -> None:
    """I20: a draft cannot be resolved; somebody else publishes it."""
    path, over = f"{incidents}/{incident(status='draft').pk}/updates", {"status": "resolved", "message": "Over."}
    first = retrying.post(path, over)
    assert (first.status_code, b"cannot become resolved" in first.content) == (409, True)

    second = caller_for(user("second", roles.PLATFORM_OPS))
    assert second.post(path, {"status": "investigating", "message": "We look."}).status_code == 201

    assert is_replay(retrying.post(path, over), first)
    assert retrying.post(path, over, X_Idempotency_Key="new").status_code == 201


def test_a_stale_version_is_remembered_though_it_was_reached(retrying: Caller, incident: Open) -> None:
    path, body = f"{INCIDENTS}/{incident().pk}", {"title": "Edited", "version": 2}
    first = retrying.patch(path, body)
    assert key_of(first) == "stale_version"
    assert retrying.patch(path, {"description": "x"}, X_Idempotency_Key="other").status_code == 200
    assert is_replay(retrying.patch(path, body), first)
    assert retrying.patch(path, body, X_Idempotency_Key="new").status_code == 200


def test_that_there_is_no_such_thing_is_remembered(retrying: Caller) -> None:
    path = f"{ADMIN}/services/api"
    first = retrying.patch(path, {"name": "API"})
    assert first.status_code == 404
    created = retrying.post(f"{ADMIN}/services", {"slug": "api", "name": "API"}, X_Idempotency_Key="other")
    assert created.status_code == 201
    assert is_replay(retrying.patch(path, {"name": "API"}), first)


def test_a_refusal_takes_back_what_was_written_before_it(
    retrying: Caller, incident: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = incident()
    path, body = f"{INCIDENTS}/{one.pk}", {"title": "Edited", "status": "draft"}
    first = retrying.patch(path, body)  # the title is written, then the move refused
    assert key_of(first) == "invalid_transition"
    assert is_replay(retrying.patch(path, body), first)
    one.refresh_from_db()
    assert (one.title, one.version) == ("Broken", 1)
    assert Event.objects.count() == AuditEntry.objects.count() == 1


def test_one_bad_service_among_three_writes_nothing(retrying: Caller, service: Callable[..., Any]) -> None:
    """I39, for want of an operation in bulk."""
    for slug in ("api", "login"):
        service(slug)
    before = Event.objects.count()
    first = retrying.post(INCIDENTS, {**NEW, "affected_services": ["api", "login", "nope"]})
    assert first.status_code == 400
    assert (Incident.objects.count(), Event.objects.count()) == (0, before)
    fixed = {**NEW, "affected_services": ["api", "login"]}
    assert retrying.post(INCIDENTS, fixed, X_Idempotency_Key="new").json()["data"]["affected_services"] == [
        "api",
        "login",
    ]


FREEING: dict[str, tuple[Any, dict[str, str], int]] = {
    "malformed JSON (I18)": (b"{", {}, 400),
    "another media type": (NEW, {"Content-Type": "text/plain"}, 415),
    "an encoding": (NEW, {"Content-Encoding": "gzip"}, 415),
    "not acceptable": (NEW, {"Accept": "text/html"}, 406),
    "a body that is too big": (b" " * 1_000_001, {}, 413),
}


@pytest.mark.parametrize("name", FREEING)
def test_what_was_never_understood_spends_no_key(retrying: Caller, name: str) -> None:
    body, headers, http = FREEING[name]
    assert retrying.post(INCIDENTS, body, **headers).status_code == http
    assert not IdempotencyRecord.objects.exists()
    assert retrying.post(INCIDENTS, NEW).status_code == 201


@pytest.mark.parametrize("incidents", [INCIDENTS, f"{ADMIN}/incidents"])
def test_what_came_too_often_frees_the_key(frozen: Any, retrying: Caller, incidents: str) -> None:
    """I17, by the real limiter: the budget is spent, the client waits as told, the same request is done afresh."""
    for _ in range(300):
        retrying.get(f"{ADMIN}/incidents")
    refused = retrying.post(incidents, NEW)
    assert (refused.status_code, IdempotencyRecord.objects.count(), Incident.objects.count()) == (429, 0, 0)

    frozen.shift(int(refused["Retry-After"]))
    done = retrying.post(incidents, NEW)
    assert (done.status_code, done.has_header("Idempotent-Replayed")) == (201, False)
    assert is_replay(retrying.post(incidents, NEW), done)


def test_a_stale_if_match_frees_the_key(retrying: Caller, incident: Open, ops: Actor) -> None:
    one = incident()
    path, body = f"{INCIDENTS}/{one.pk}", {"title": "Edited"}
    assert retrying.patch(path, body, If_Match='"v2"').status_code == 412
    one.post_update(by=ops, status=IncidentStatus.IDENTIFIED)
    assert retrying.patch(path, body, If_Match='"v2"').status_code == 200


@pytest.mark.parametrize(
    ("error", "http"),
    [
        (RuntimeError(), 500),  # I31
        (OperationalError("server closed the connection"), 500),  # I32
        (IntegrityError("CHECK constraint failed"), 500),
        (Busy(), 409),
        (Throttled(wait=3), 429),
    ],
)
def test_what_may_be_gone_at_the_next_try_frees_the_key(
    retrying: Caller, monkeypatch: pytest.MonkeyPatch, error: Exception, http: int
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Incident, "record", failing(error))  # the last of what opening an incident does
        assert retrying.post(INCIDENTS, NEW).status_code == http
    assert not IdempotencyRecord.objects.exists()
    assert not Incident.objects.exists()
    answer = retrying.post(INCIDENTS, NEW)
    assert (answer.status_code, answer.has_header("Idempotent-Replayed")) == (201, False)


def failing(error: Exception) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail
