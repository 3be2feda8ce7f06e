"""Webhooks and chat channels by API: where they may lead, what they are told once, and how they come back."""

import json
import socket
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from incidents import guard
from incidents.models import Channel, IdempotencyRecord, Subscription
from incidents.models.address import pseudonym
from incidents.models.endpoint import Disabled
from incidents.models.tokens import Purpose
from tests import forbidden
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller, wrong_fields
from tests.resolving import Names, temporary

ANN = "ann@example.com"
BOTH = (f"{PROBLEM}/subscriptions", f"{ENVELOPE}/subscriptions")
STATUSPAGE = "/api/v2/subscribers.json"
URL = "https://1.1.1.1/hook?key=s3cret"  # an address that needs no name to be looked up
SLACK = "https://hooks.slack.com/services/T0/B0/s3cret"
TEAMS = "https://acme.webhook.office.com/webhookb2/s3cret"
WEBHOOK = {"email": ANN, "channel": "webhook", "endpoint": URL}
HOST = "hooks.example.com"
NAMED = {**WEBHOOK, "endpoint": f"https://{HOST}/"}


@pytest.fixture
def hook(db: None) -> Callable[..., Subscription]:
    """A confirmed webhook; hook(verified=False): one that waits."""

    def add(*, verified: bool = True) -> Subscription:
        Subscription.subscribe(ANN, channel=Channel.WEBHOOK, endpoint=URL)
        row = Subscription.objects.get()
        return Subscription.verify(row.token(Purpose.CONFIRM)) if verified else row

    return add


def held(row: Subscription, action: str) -> tuple[str, str]:
    """Where its holder does something, in either dialect."""
    token = row.token(Purpose.MANAGE)
    return f"{BOTH[0]}/{action}?token={token}", f"{BOTH[1]}/{token}/{action}"


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize(("channel", "url"), [("webhook", URL), ("SLACK", SLACK), ("teams", TEAMS)])
def test_an_endpoint_is_subscribed_like_a_mailbox(anyone: Caller, path: str, channel: str, url: str) -> None:
    answer = anyone.post(path, {"email": ANN, "channel": channel, "endpoint": url})

    assert answer.status_code == 201, answer.content
    assert (answer.json()["data"]["id"], "s3cret" in answer.content.decode()) == (pseudonym(ANN), False)
    row = Subscription.objects.get()
    assert (row.channel, row.endpoint, row.address, row.verified_at) == (channel.lower(), url, ANN, None)


@pytest.mark.parametrize("path", BOTH)
def test_nobody_learns_whether_an_endpoint_is_known(
    anyone: Caller, hook: Callable[..., Subscription], path: str
) -> None:
    hook()

    def said(url: str) -> tuple[int, str]:
        answer = anyone.post(path, {**WEBHOOK, "endpoint": url})
        return answer.status_code, answer.content.decode().split('"request_id":')[0].split('"timestamp":')[0]

    assert said(URL) == said(f"{URL}2")


@pytest.mark.parametrize(
    ("channel", "url"),
    [
        *(("webhook", url) for url in forbidden.EVERYTHING),
        ("webhook", 7),
        ("webhook", ""),
        ("slack", URL),
        ("teams", SLACK),
        ("email", URL),
        (None, URL),
    ],
)
@pytest.mark.parametrize(("path", "status"), list(zip(BOTH, (400, 422), strict=True)))
def test_what_nothing_may_be_sent_to_is_a_field_error(
    anyone: Caller, path: str, status: int, channel: str | None, url: object
) -> None:
    answer = anyone.post(path, {"email": ANN, "channel": channel, "endpoint": url})

    assert (answer.status_code, set(wrong_fields(answer))) == (status, {"endpoint"})
    assert not Subscription.objects.exists()


def test_no_transaction_waits_for_a_name_to_be_looked_up(anyone: Caller) -> None:
    seen: list[bool] = []

    def look_up(host: str, port: int) -> list[str]:
        seen.append(bool(getattr(connection, "writes", False)))
        return ["1.1.1.1"]

    with patch.object(guard, "_look_up", look_up):
        answer = anyone.post(BOTH[1], {**WEBHOOK, "endpoint": "https://hooks.example.com/"})

    assert (answer.status_code, seen) == (201, [False])


@pytest.mark.parametrize("path", [*BOTH, STATUSPAGE])
def test_that_nobody_says_where_a_name_leads_frees_the_key(anyone: Caller, names: Names, path: str) -> None:
    body = NAMED if path != STATUSPAGE else {"subscriber": {name: NAMED[name] for name in ("email", "endpoint")}}
    names.fault = temporary()
    answer = anyone.post(path, body, X_Idempotency_Key="one")
    assert (answer.status_code, IdempotencyRecord.objects.exists()) == (502, False)
    assert "Try again in a minute" in answer.content.decode()

    names.fault, names.names[HOST] = None, ["1.1.1.1"]
    answer = anyone.post(path, body, X_Idempotency_Key="one")
    assert (answer.status_code, answer.has_header("Idempotent-Replayed")) == (201, False)


@pytest.mark.parametrize("path", BOTH)
def test_that_a_name_leads_nowhere_is_a_field_error(anyone: Caller, names: Names, path: str) -> None:
    names.fault = socket.gaierror(socket.EAI_NONAME, "no such name")
    first, again = (anyone.post(path, NAMED, X_Idempotency_Key="one") for _ in range(2))
    assert wrong_fields(first) == {"endpoint": "unknown_host"}
    assert (first.content, again["Idempotent-Replayed"]) == (again.content, "true")


@pytest.mark.parametrize("path", BOTH)
def test_what_was_answered_once_waits_for_no_name(anyone: Caller, names: Names, path: str) -> None:
    names.names[HOST] = ["1.1.1.1"]
    first = anyone.post(path, NAMED, X_Idempotency_Key="one")
    names.fault = temporary()
    again = anyone.post(path, NAMED, X_Idempotency_Key="one")
    other = anyone.post(path, {**NAMED, "email": "bob@example.com"}, X_Idempotency_Key="one")

    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    assert (other.status_code, names.asked) == (409, [HOST])


@pytest.mark.parametrize("path", BOTH)
def test_confirming_tells_the_secret_once(anyone: Caller, hook: Callable[..., Subscription], path: str) -> None:
    token = hook(verified=False).token(Purpose.CONFIRM)
    answer = anyone.post(f"{path}/verify", {"token": token}, X_Idempotency_Key="one")

    data = answer.json()["data"]
    assert data["secret"].startswith("whsec_")
    assert anyone.post(f"{path}/verify", {"token": token}, X_Idempotency_Key="one").content == answer.content
    assert data["secret"].encode() not in bytes(IdempotencyRecord.objects.get().sealed)
    later = anyone.get(f"{BOTH[1]}/{data['token']}")
    assert (later.status_code, data["secret"] in later.content.decode()) == (200, False)


def test_a_mailbox_has_no_secret(anyone: Caller, subscription: Callable[..., Subscription]) -> None:
    row = subscription(verified=False)
    answer = anyone.post(f"{BOTH[0]}/verify", {"token": row.token(Purpose.CONFIRM)})
    assert answer.json()["data"]["secret"] is None
    row.refresh_from_db()
    assert anyone.post(held(row, "secret")[0]).status_code == 409


@pytest.mark.parametrize("n", [0, 1])
def test_a_new_secret_takes_the_place_of_the_old_one(anyone: Caller, hook: Callable[..., Subscription], n: int) -> None:
    row = hook()
    data = anyone.post(held(row, "secret")[n]).json()["data"]

    stored = Subscription.objects.get()
    assert stored.secret_rotated_at is not None
    assert stored.secrets(stored.secret_rotated_at) == (data["secret"], row.fresh_secret)
    assert len(data) == 2


@pytest.mark.parametrize("n", [0, 1])
def test_what_was_disabled_is_sent_to_again(anyone: Caller, hook: Callable[..., Subscription], n: int) -> None:
    row = hook()
    row.disable(Disabled.FAILING)
    reading = held(row, "")[1].rstrip("/")
    assert anyone.get(reading).json()["data"]["disabled"] == "FAILING"

    assert anyone.post(held(row, "enable")[n]).status_code == 200
    assert anyone.get(reading).json()["data"]["disabled"] is None


def test_what_ops_have_disabled_stays_so(anyone: Caller, hook: Callable[..., Subscription]) -> None:
    row = hook()
    row.disable(Disabled.BY_OPS)
    assert anyone.post(held(row, "enable")[0]).status_code == 409


@pytest.mark.parametrize("action", ["secret", "enable"])
@pytest.mark.parametrize("purpose", [Purpose.CONFIRM, Purpose.UNSUBSCRIBE])
def test_only_who_manages_it_may(
    anyone: Caller, hook: Callable[..., Subscription], action: str, purpose: Purpose
) -> None:
    row = hook()
    assert anyone.post(f"{BOTH[0]}/{action}?token={row.token(purpose)}").status_code == 400
    assert anyone.post(f"{BOTH[0]}/{action}").status_code == 400


def test_no_reader_sees_more_of_an_endpoint_than_its_host(
    anyone: Caller, ops_caller: Caller, hook: Callable[..., Subscription]
) -> None:
    row = hook()
    reads = [
        anyone.get(held(row, "preferences")[0]),
        ops_caller.get(BOTH[0]),
        ops_caller.get(f"{ADMIN}/subscriptions"),
        ops_caller.get(f"{ADMIN}/gdpr/export?email={ANN}"),
    ]
    for answer in reads:
        said = answer.content.decode()
        assert answer.status_code == 200
        assert "1.1.1.1" in said
        assert "s3cret" not in said
        assert "sealed" not in said
        assert row.fresh_secret not in said


# As clients of a Statuspage do


def as_client(caller: Caller, **entry: Any) -> Any:
    return caller.post(STATUSPAGE, {"subscriber": {"email": ANN, **entry}})


@pytest.mark.parametrize(
    ("entry", "channel", "url"),
    [
        ({}, "email", ""),
        ({"endpoint": None, "mode": None}, "email", ""),
        ({"endpoint": URL}, "webhook", URL),
        ({"endpoint": URL, "mode": "webhook"}, "webhook", URL),
        ({"endpoint": SLACK, "mode": "slack"}, "slack", SLACK),
    ],
)
def test_a_client_of_a_statuspage_subscribes_what_it_can_there(
    anyone: Caller, entry: dict[str, Any], channel: str, url: str
) -> None:
    answer = as_client(anyone, **entry)

    told = answer.json()["subscriber"]
    assert (answer.status_code, told["mode"], told.get("endpoint", "")) == (201, channel, url)
    assert (told["id"], told["email"], told["skip_confirmation_notification"]) == (pseudonym(ANN), ANN, False)
    row = Subscription.objects.get()
    assert (row.channel, row.endpoint, row.verified_at) == (channel, url, None)


def test_the_answer_about_a_mailbox_has_the_keys_of_the_contract(anyone: Caller) -> None:
    assert list(as_client(anyone).json()["subscriber"]) == [
        "id", "mode", "email", "created_at", "quarantined_at", "purge_at", "skip_confirmation_notification"
    ]  # fmt: skip


def test_it_learns_nothing_about_known_endpoints_either(
    anyone: Caller, hook: Callable[..., Subscription], frozen: object
) -> None:
    hook()
    known, fresh = as_client(anyone, endpoint=URL), as_client(anyone, endpoint=f"{URL}2")
    assert known.status_code == fresh.status_code == 201
    assert json.loads(fresh.content.replace(b"s3cret2", b"s3cret")) == known.json()


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"endpoint": "https://10.0.0.1/"}, "subscriber.endpoint"),
        ({"endpoint": URL, "mode": "slack"}, "subscriber.endpoint"),
        ({"endpoint": URL, "mode": "email"}, "subscriber.endpoint"),
        ({"mode": "webhook"}, "subscriber.endpoint"),
        ({"endpoint": 7}, "subscriber"),
        ({"mode": "sms"}, "subscriber"),
        ({"mode": ["slack"]}, "subscriber"),
    ],
)
def test_it_is_told_what_is_wrong(anyone: Caller, entry: dict[str, Any], field: str) -> None:
    answer = as_client(anyone, **entry)
    assert (answer.status_code, set(wrong_fields(answer))) == (400, {field})
