"""Who may send, and what is told to who sends something wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidents.models import Actor, Alert, AlertSource, AuditEntry
from incidents.models.alert_source import Product
from tests.automation.conftest import Watcher, sample

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
type Watch = Callable[..., Watcher]


@pytest.fixture
def one(watcher: Watch) -> Watcher:
    return watcher(Product.GENERIC)


@pytest.fixture
def body() -> dict[str, Any]:
    return sample("generic-firing")


def test_the_token_may_come_in_the_path(one: Watcher, body: dict[str, Any]) -> None:
    assert one.send(body, path=f"/hooks/generic/{one.token}/").status_code == 200
    assert Alert.objects.exists()


@pytest.mark.parametrize("token", ["", "wrong", "é", "x" * 5000])
def test_a_wrong_token_is_a_401(one: Watcher, body: dict[str, Any], token: str) -> None:
    answer = one.send(body, token=token)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert not Alert.objects.exists()


def test_a_token_is_good_for_its_own_source_only(one: Watcher, watcher: Watch) -> None:
    other = watcher(Product.GRAFANA)
    assert other.send(sample("grafana-firing"), token=one.token).status_code == 401


def test_which_sources_there_are_nobody_learns(one: Watcher, body: dict[str, Any]) -> None:
    known = one.send(body, token="wrong").json()
    unknown = one.client.post("/hooks/nothing/", b"{}", content_type="application/json").json()
    assert [known[member] for member in ("status", "detail")] == [unknown[member] for member in ("status", "detail")]


def test_a_source_without_a_token_takes_nothing(one: Watcher, body: dict[str, Any]) -> None:
    AlertSource.objects.update(token_hash="")
    assert one.send(body, token="").status_code == 401


def test_a_new_token_ends_the_one_before(one: Watcher, ops: Actor, body: dict[str, Any]) -> None:
    token = one.source.issue_token(by=ops)
    assert one.send(body).status_code == 401
    assert one.send(body, token=token).status_code == 200


def test_the_token_is_stored_nowhere(one: Watcher) -> None:
    stored: Any = [*AlertSource.objects.values(), *AuditEntry.objects.values()]
    assert one.token not in str(stored)


def test_guessing_tokens_is_slowed_down(one: Watcher, body: dict[str, Any]) -> None:
    answers = [one.send(body, token="wrong").status_code for _ in range(101)]
    assert set(answers[:100]) == {401}
    assert answers[100] == 429
    assert one.send(body).status_code == 200


def test_no_cookie_and_no_csrf_token_is_asked_for(one: Watcher, body: dict[str, Any]) -> None:
    one.client = Client(enforce_csrf_checks=True)
    assert one.send(body).status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_post_is_taken(one: Watcher, method: str) -> None:
    answer = getattr(one.client, method)("/hooks/generic/")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'{"a": NaN}', b"\xff", b"data=1"])
def test_what_is_no_json_object_is_a_400(one: Watcher, raw: bytes) -> None:
    answer = one.send(raw)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_body_that_is_too_big_is_a_413(one: Watcher) -> None:
    assert one.send(b" " * 1_000_001).status_code == 413


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"alerts": None}, "alerts"),
        ({"alerts": [1]}, "alerts"),
        ({"alerts": [{}] * 501}, "alerts"),
        ({"key": 5}, "alerts[0].key"),
        ({"key": None}, "alerts[0].key"),
        ({"status": "broken"}, "alerts[0].status"),
        ({"at": "yesterday"}, "alerts[0].at"),
        ({"at": "2026-02-31T00:00:00Z"}, "alerts[0].at"),
        ({"labels": []}, None),
        ({"labels": ["x"]}, "alerts[0].labels"),
        ({"at": "2027-01-01T00:00:00Z"}, "alerts[0]"),
        ({"at": "0001-01-01T00:00:00Z"}, "alerts[0]"),
        ({"name": "a\u0000b"}, "alerts[0]"),
        ({"labels": {"a": "\ud800"}}, "alerts[0]"),
    ],
)
def test_a_wrong_field_is_named(one: Watcher, body: dict[str, Any], change: dict[str, Any], field: str | None) -> None:
    if "alerts" in change:
        body |= change
    else:
        body["alerts"][0] |= change
    answer = one.send(body)
    faults = [fault["field"] for fault in answer.json().get("errors", [])]
    assert (answer.status_code, faults) == ((400, [field]) if field else (200, []))


@pytest.mark.parametrize("product", list(Product))
def test_the_message_of_another_product_is_no_server_error(product: Product, watcher: Watch) -> None:
    one = watcher(product)
    for other in Product:
        assert one.send(sample(f"{other}-firing")).status_code in (200, 400)
