"""Every answer that is no success is one row of the catalogue, in the dialect's form."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from django.test import RequestFactory
from rest_framework.exceptions import APIException, Throttled, ValidationError

from incidents.api.errors import CATALOGUE, failure_of
from incidents.errors import Busy
from incidents.models import Incident
from statussite.errors import permission_denied
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller

type Open = Callable[..., Incident]

NEW = {"title": "Login fails", "severity": "major", "status": "investigating"}


def problem(answer: Any, http: int, type_: str) -> Any:
    """The body, after a look at what every problem has."""
    body = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (http, "application/problem+json"), answer.content
    assert answer["Cache-Control"] == "no-store"
    assert body["status"] == http
    assert body["type"] == f"http://127.0.0.1:8000/errors/{type_}/"
    assert (body["title"], body["code"]) == (CATALOGUE[type_].title, CATALOGUE[type_].number)
    assert body["request_id"] == answer["X-Request-ID"]
    assert body["i18n_key"].startswith("error.status.")
    assert set(body) >= {"detail", "instance", "trace_id", "span_id", "timestamp"}
    assert None not in body.values()
    return body


def envelope(answer: Any, http: int, type_: str) -> Any:
    body = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (http, "application/json"), answer.content
    assert (body["data"], body["error"]["http"], body["error"]["code"]) == (None, http, CATALOGUE[type_].code)
    assert body["meta"]["request_id"] == answer["X-Request-ID"]
    assert set(body) == {"data", "error", "meta"}
    return body["error"]


# What an unauthenticated caller can provoke: method, path below the base, body, headers → status, row.
PROVOKED: dict[str, tuple[str, str, Any, dict[str, str], int, str]] = {
    "unknown path": ("GET", "/nope", None, {}, 404, "not-found"),
    "unknown path, any method": ("PURGE", "/nope/x", None, {}, 404, "not-found"),
    "no such incident": ("GET", "/incidents/abcdefghijkl", None, {}, 404, "not-found"),
    "wrong method": ("POST", "/summary", None, {}, 405, "bad-request"),
    "not acceptable": ("GET", "/incidents", None, {"Accept": "text/html"}, 406, "bad-request"),
    "bad parameter": ("GET", "/incidents?page=x", None, {}, 400, "bad-request"),
    "NUL in the query": ("GET", "/incidents?severity=%00", None, {}, 400, "bad-request"),
    "NUL in the path": ("GET", "/incidents/%00", None, {}, 400, "bad-request"),
    "bad host": ("GET", "/incidents", None, {"Host": "evil.example"}, 400, "bad-request"),
    "bad token": ("GET", "/incidents", None, {"Authorization": "Bearer x"}, 401, "unauthorized"),
    "1001 parameters": ("GET", "/incidents?" + "a&" * 1001, None, {}, 400, "bad-request"),
    "too big": ("GET", "/incidents", b" " * 1_000_001, {}, 413, "bad-request"),
    "long address": ("GET", "/incidents?" + "x" * 8_000, None, {}, 414, "bad-request"),
    "compressed": ("GET", "/incidents", b"x", {"Content-Encoding": "gzip"}, 415, "bad-request"),
}


@pytest.mark.parametrize("name", PROVOKED)
def test_a_failure_has_the_dialects_form(anyone: Caller, name: str) -> None:
    method, path, body, headers, http, type_ = PROVOKED[name]
    http_of_summary = 404 if path == "/summary" else http  # only the envelope has it
    type_of_summary = "not-found" if path == "/summary" else type_
    problem(anyone(method, PROBLEM + path, body, **headers), http_of_summary, type_of_summary)
    problem(anyone(method, "/status" + path, body, **headers), http_of_summary, type_of_summary)
    envelope(anyone(method, ENVELOPE + path, body, **headers), http, type_)


@pytest.mark.parametrize("name", [name for name in PROVOKED if name != "not acceptable"])
def test_whoever_asks_for_a_problem_gets_one(anyone: Caller, name: str) -> None:
    method, path, body, headers, http, type_ = PROVOKED[name]
    problem(anyone(method, ENVELOPE + path, body, **{**headers, "Accept": "application/problem+json"}), http, type_)


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/x", "/api/v1", "/api/v1/auth", "/status", "/status/x/y"])
def test_no_path_below_a_prefix_is_a_page(anyone: Caller, path: str) -> None:
    problem(anyone.get(path), 404, "not-found")


def test_outside_the_api_an_unknown_path_is_a_page(anyone: Caller) -> None:
    for path in ("/nope", "/statuses", "/apis"):
        answer = anyone.get(path)
        assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (404, "text/html")


def test_a_wrong_method_names_the_right_ones(anyone: Caller) -> None:
    answer = anyone.delete(f"{ENVELOPE}/incidents")
    envelope(answer, 405, "bad-request")
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_field_error_is_400_here_and_422_there(ops_caller: Caller) -> None:
    body = problem(ops_caller.post(f"{PROBLEM}/incidents", {}), 400, "validation")
    assert body["errors"][0] == {"field": "title", "code": "required", "description": "This field is required."}
    error = envelope(ops_caller.post(f"{ADMIN}/incidents", {}), 422, "validation")
    assert error["details"] == body["errors"]


def test_a_missing_role_is_forbidden(officer: Caller) -> None:
    problem(officer.post(f"{PROBLEM}/incidents", NEW), 403, "forbidden")
    envelope(officer.post(f"{ADMIN}/incidents", NEW), 403, "forbidden")


def test_a_conflict_is_told_apart_by_its_key(ops_caller: Caller, incident: Open) -> None:
    path = f"{PROBLEM}/incidents/{incident().pk}"
    assert problem(ops_caller.patch(path, {"version": 9, "title": "x"}), 409, "conflict")["i18n_key"].endswith(
        ".stale_version"
    )
    ops_caller.patch(path, {"status": "resolved"})
    moved = problem(ops_caller.patch(path, {"status": "monitoring"}), 409, "conflict")
    assert moved["i18n_key"].endswith(".invalid_transition")


def test_a_row_that_somebody_holds_is_a_conflict_worth_a_second_try(
    ops_caller: Caller, incident: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise Busy

    monkeypatch.setattr(Incident, "edit", busy)
    answer = ops_caller.patch(f"{PROBLEM}/incidents/{incident().pk}", {"title": "x"})
    body = problem(answer, 409, "conflict")
    assert (body["i18n_key"], body["retry_after"], answer["Retry-After"]) == ("error.status.busy", 1, "1")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening an incident fails in a way that nobody foresaw."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("/secret/path SELECT password")

    monkeypatch.setattr(Incident, "open", fail)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("debug", [True, False])
def test_an_unforeseen_error_gives_nothing_away(
    ops_caller: Caller, caplog: pytest.LogCaptureFixture, settings: Any, debug: bool
) -> None:
    settings.DEBUG = debug
    with caplog.at_level(logging.ERROR):
        answer = ops_caller.post(f"{PROBLEM}/incidents", NEW)
    problem(answer, 500, "internal")
    assert b"secret" not in answer.content
    record = next(record for record in caplog.records if record.exc_info)
    assert "SELECT password" in str(record.exc_info)


@pytest.mark.usefixtures("broken")
def test_an_unforeseen_error_has_the_envelope_too(ops_caller: Caller) -> None:
    envelope(ops_caller.post(f"{ADMIN}/incidents", NEW), 500, "internal")


@pytest.mark.parametrize("path", ["/status/v1/incidents", "/api/v1/status/incidents", "/elsewhere"])
def test_an_error_before_any_view_is_answered_by_the_path(
    anyone: Caller, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("django.middleware.common.CommonMiddleware.process_request", fail)
    answer = anyone.get(path)
    assert answer.status_code == 500
    kinds = {"/status/v1": "application/json", "/api/v1/s": "application/problem+json", "/elsewher": "text/html"}
    assert answer["Content-Type"].split(";")[0] in {kind for start, kind in kinds.items() if path.startswith(start)}


def test_a_database_that_is_away_is_worth_another_try() -> None:
    failure = failure_of(OperationalError("server closed the connection"))
    assert (failure.http, failure.headers["Retry-After"]) == (500, "5")


@pytest.mark.parametrize(
    ("error", "http", "type_"),
    [
        (RequestDataTooBig(), 413, "bad-request"),
        (Http404(), 404, "not-found"),
        (Incident.DoesNotExist(), 404, "not-found"),
        (PermissionDenied(), 403, "forbidden"),
        (ValidationError({"a": [{"b": "Wrong."}, {}]}), 422, "validation"),
        (Throttled(wait=0.2), 429, "rate-limited"),
        (APIException(), 500, "internal"),
    ],
)
def test_a_failure_from_elsewhere_finds_its_row(error: Exception, http: int, type_: str) -> None:
    failure = failure_of(error)
    assert (failure.http, failure.kind.type) == (http, type_)


def test_a_nested_fault_is_named_by_its_path() -> None:
    nested = ValidationError({"subscriber": {"email": ["Wrong."]}})
    assert [error.field for error in failure_of(nested).fields] == ["subscriber.email"]


def test_a_wait_is_at_least_a_second() -> None:
    assert failure_of(Throttled(wait=0.2)).headers["Retry-After"] == "1"


def test_a_refused_page_outside_the_api_is_a_page(rf: RequestFactory) -> None:
    for path, kind in (("/admin/", "text/html"), ("/api/v1/x", "application/problem+json")):
        answer = permission_denied(rf.get(path), PermissionDenied())
        assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (403, kind)


def test_a_client_names_its_request(anyone: Caller) -> None:
    answer = anyone.get(f"{PROBLEM}/nope", X_Request_ID="mine.1", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
    body = problem(answer, 404, "not-found")
    assert body["request_id"] == "mine.1"
    assert body["trace_id"].startswith(f"00-{'a' * 32}-")
    assert body["instance"] == f"{PROBLEM}/nope"
