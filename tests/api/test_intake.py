"""What may come in: how big, how deep, in which form."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from incidents.api.intake import MAX_DEPTH, MAX_KEYS
from tests.api.calling import ADMIN, PROBLEM, Caller, wrong_fields
from tests.api.test_errors import NEW, envelope, problem

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


def test_a_body_that_breaks_off_is_refused_though_it_looks_whole(ops_caller: Caller) -> None:
    body = json.dumps(NEW).encode()
    extra: dict[str, Any] = {"CONTENT_LENGTH": "500", "wsgi.input": BytesIO(body)}
    answer = ops_caller.client.generic(
        "POST", f"{PROBLEM}/incidents", body, "application/json", headers=ops_caller.headers, **extra
    )
    problem(answer, 400, "bad-request")
