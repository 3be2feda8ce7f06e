"""Every answer that is no success is one row of the catalogue, in the dialect's form."""

import json
import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from incidents.api.errors import CATALOGUE, failure_of
from incidents.api.intake import MAX_DEPTH, MAX_KEYS
from incidents.errors import Busy
from incidents.models import Incident
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller, wrong_fields

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
    "1001 parameters": ("GET", "/incidents?" + "a=1&" * 1001, None, {}, 400, "bad-request"),
    "too big": ("GET", "/incidents", b" " * 1_000_001, {}, 413, "bad-request"),
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


UNREADABLE: dict[str, tuple[bytes, int]] = {
    "not JSON": (b"{", 400),
    "not UTF-8": (b'{"title": "\xff"}', 400),
    "a list": (b"[]", 400),
    "null": (b"null", 400),
    "a text": (b'"x"', 400),
    "too deep": (b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", 400),
    "100 000 deep": (b"[" * 100_000, 400),
    "100 000 deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    "too many keys": (json.dumps({str(n): n for n in range(MAX_KEYS + 1)}).encode(), 400),
    "a key twice": (b'{"title": "a", "title": "b"}', 400),
    "a key in two spellings": (b'{"isPublic": true, "is_public": false}', 400),
    "a key with NUL": (b'{"\\u0000": 1}', 400),
    "a key with a surrogate": (b'{"\\ud800": 1}', 400),
    "NaN": (b'{"title": NaN}', 400),
    "infinity": (b'{"title": -Infinity}', 400),
    "1e400": (b'{"title": 1e400}', 400),
    "5000 digits": (b'{"title": ' + b"9" * 5000 + b"}", 400),
    "too big": (b" " * 1_000_001, 413),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_a_bad_request(ops_caller: Caller, name: str) -> None:
    body, http = UNREADABLE[name]
    problem(ops_caller.post(f"{PROBLEM}/incidents", body), http, "bad-request")
    envelope(ops_caller.post(f"{ADMIN}/incidents", body), http, "bad-request")


def test_what_is_just_within_the_limits_is_read(ops_caller: Caller) -> None:
    deep = b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"
    assert wrong_fields(ops_caller.post(f"{PROBLEM}/incidents", deep))["a"] == "unknown_field"
    wide = {f"k{n}": n for n in range(MAX_KEYS)}
    assert len(wrong_fields(ops_caller.post(f"{PROBLEM}/incidents", wide))) == MAX_KEYS + 3


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_taken(ops_caller: Caller, content_type: str) -> None:
    answer = Client(headers=ops_caller.headers).generic("POST", f"{PROBLEM}/incidents", b"title=x", content_type)
    problem(answer, 415, "bad-request")


@pytest.mark.parametrize("length", ["x", "-1", "1.5", "9" * 30, "٣"])
def test_a_content_length_that_is_none_is_refused(ops_caller: Caller, length: str) -> None:
    answer = ops_caller.client.post(
        f"{PROBLEM}/incidents", NEW, "application/json", headers=ops_caller.headers, CONTENT_LENGTH=length
    )
    assert answer.status_code in (400, 413)


def chunked(caller: Caller, body: bytes, *, terminated: bool = True) -> Any:
    """As gunicorn hands over a body that came in chunks: whole, and without a length."""
    extra: dict[str, Any] = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    if terminated:
        extra |= {"wsgi.input_terminated": True, "wsgi.input": BytesIO(body)}
    return caller.client.generic(
        "POST", f"{PROBLEM}/incidents", body, "application/json", headers=caller.headers, **extra
    )


def test_a_body_in_chunks_is_read(ops_caller: Caller) -> None:
    assert chunked(ops_caller, json.dumps(NEW).encode()).status_code == 201


def test_a_body_in_chunks_is_read_no_further_than_the_limit(ops_caller: Caller) -> None:
    problem(chunked(ops_caller, b" " * 1_000_001), 413, "bad-request")


def test_chunks_that_the_server_does_not_join_are_refused(ops_caller: Caller) -> None:
    problem(chunked(ops_caller, b"{}", terminated=False), 400, "bad-request")


def test_size_comes_before_who_you_are(anyone: Caller) -> None:
    problem(anyone.post(f"{PROBLEM}/incidents", b" " * 1_000_001, Authorization="Bearer x"), 413, "bad-request")


def test_who_you_are_comes_before_what_you_say(anyone: Caller) -> None:
    problem(anyone.post(f"{PROBLEM}/incidents", b"{"), 401, "unauthorized")


def test_what_cannot_be_read_comes_before_what_does_not_exist(ops_caller: Caller) -> None:
    problem(ops_caller.patch(f"{PROBLEM}/incidents/abcdefghijkl", b"{"), 400, "bad-request")
    problem(ops_caller.patch(f"{PROBLEM}/incidents/abcdefghijkl", {"foo": 1}), 404, "not-found")


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
    assert vars(record)["request_id"] == answer["X-Request-ID"]


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


def test_a_client_names_its_request(anyone: Caller) -> None:
    answer = anyone.get(f"{PROBLEM}/nope", X_Request_ID="mine.1", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
    body = problem(answer, 404, "not-found")
    assert body["request_id"] == "mine.1"
    assert body["trace_id"].startswith(f"00-{'a' * 32}-")
    assert body["instance"] == f"{PROBLEM}/nope"
