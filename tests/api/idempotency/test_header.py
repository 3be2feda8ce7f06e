"""The header: where it is needed, and what may be in it."""

import pytest
from django.test import RequestFactory

from incidents.models import Incident
from tests.api.calling import ADMIN, Caller
from tests.api.idempotency.conftest import INCIDENTS, NEW

ALLOWED = "ABCXYZabcxyz0189._:~+/=@-"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/incidents"),
        ("PATCH", "/incidents/abcdefghijkl"),
        ("DELETE", "/services/api"),
        ("PUT", "/incidents/abcdefghijkl/postmortem"),
    ],
)
def test_the_envelope_dialect_insists_on_a_key(ops_caller: Caller, method: str, path: str) -> None:
    """I11"""
    ops_caller.sends_keys = False
    answer = ops_caller(method, ADMIN + path, NEW)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "ERR_STATUS_BAD_REQUEST")
    assert "X-Idempotency-Key" in error["message"]
    assert not Incident.objects.exists()


@pytest.mark.parametrize("base", [INCIDENTS, f"{ADMIN}/incidents"])
@pytest.mark.parametrize("name", ["X-Idempotency-Key", "Idempotency-Key"])
@pytest.mark.parametrize(
    "key",
    ["", " ", '""', '"', "k" * 256, "a,b", "K, K", "a b", "a\x00", "\x00", "😀", "ü", "a\r\nX: y", "a\n", "a;b", "\\"],
)
def test_a_malformed_key_is_refused_by_name(ops_caller: Caller, base: str, name: str, key: str) -> None:
    """I12, and I14: a header that is sent twice arrives as one value with a comma."""
    ops_caller.sends_keys = False
    answer = ops_caller.post(base, NEW, Accept="application/problem+json", **{name: key})
    assert (answer.status_code, answer.json()["i18n_key"]) == (400, "error.status.bad_request")
    assert name in answer.json()["detail"]
    assert not Incident.objects.exists()


@pytest.mark.parametrize("key", ["k", "k" * 255, ALLOWED, " padded ", '"quoted"', f'"{"k" * 255}"'])
def test_a_well_formed_key_is_accepted(ops_caller: Caller, key: str) -> None:
    """I13"""
    assert ops_caller.post(f"{ADMIN}/incidents", NEW, X_Idempotency_Key=key).status_code == 201


def test_two_names_with_two_keys_are_refused(ops_caller: Caller) -> None:
    """I14"""
    answer = ops_caller.post(INCIDENTS, NEW, X_Idempotency_Key="a", Idempotency_Key="b")
    assert answer.status_code == 400
    assert "X-Idempotency-Key" in answer.json()["detail"]


def test_tokens_are_got_without_keys(ops_caller: Caller, rf: RequestFactory) -> None:
    login = {"username": "nobody", "password": "x"}
    for key in ("K", "K", "not, a key"):
        answer = ops_caller.post("/api/v1/auth/token", login, X_Idempotency_Key=key)
        assert (answer.status_code, answer.has_header("Idempotent-Replayed")) == (401, False)


@pytest.mark.parametrize(("path", "http"), [("/incidents/abcdefghijkl/nope", 404), ("/incidents/abcdefghijkl", 405)])
def test_what_is_no_operation_needs_no_key(ops_caller: Caller, path: str, http: int) -> None:
    ops_caller.sends_keys = False
    assert ops_caller.post(ADMIN + path, NEW).status_code == http
