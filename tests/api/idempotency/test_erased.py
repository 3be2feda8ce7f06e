"""Answers about a person are forgotten with that person: nothing of them is left to be replayed."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Actor, IdempotencyRecord, Subscription
from incidents.models.tokens import Purpose
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller
from tests.api.idempotency.conftest import is_replay

ANN, BOB = "Ann@example.com", "bob@example.com"
KEY = {"X_Idempotency_Key": "K"}
OFFICER = Actor("officer", "test")
SUBSCRIBING: list[tuple[str, Any]] = [
    (f"{PROBLEM}/subscriptions", {"email": ANN}),
    (f"{ENVELOPE}/subscriptions", {"email": ANN}),
    ("/api/v2/subscribers.json", {"subscriber": {"email": ANN}}),
]


@pytest.mark.parametrize(("path", "body"), SUBSCRIBING)
def test_after_erasure_subscribing_under_the_same_key_asks_again(anyone: Caller, path: str, body: Any) -> None:
    first = anyone.post(path, body, **KEY)
    assert is_replay(anyone.post(path, body, **KEY), first)

    Subscription.erase("ann@EXAMPLE.com", by=OFFICER)
    assert not IdempotencyRecord.objects.exists()

    again = anyone.post(path, body, **KEY)
    assert (again.status_code, again.has_header("Idempotent-Replayed")) == (201, False)
    assert Subscription.objects.count() == 1


@pytest.fixture
def with_a_token(subscription: Callable[..., Subscription]) -> Callable[[Caller, str], Any]:
    """Does one of "verify", "change", "wrongly", "resend", under the key K, always as the same request."""
    waiting = subscription(ANN, verified=False)
    confirm = waiting.token(Purpose.CONFIRM)
    manage = ""

    def do(caller: Caller, what: str) -> Any:
        nonlocal manage
        if what == "verify":
            return caller.post(f"{PROBLEM}/subscriptions/verify", {"token": confirm}, **KEY)
        manage = manage or Subscription.verify(confirm).token(Purpose.MANAGE)
        path = f"{ENVELOPE}/subscriptions/{manage}"
        if what == "resend":
            return caller.post(f"{path}/resend", **KEY)
        return caller.patch(path, {"notify_recovery": False if what == "change" else "no"}, **KEY)

    return do


@pytest.mark.parametrize("what", ["verify", "change", "wrongly", "resend"])
def test_after_erasure_a_holder_hears_that_the_token_is_void(
    anyone: Caller, with_a_token: Callable[[Caller, str], Any], what: str
) -> None:
    first = with_a_token(anyone, what)
    assert is_replay(with_a_token(anyone, what), first)

    Subscription.erase(ANN, by=OFFICER)
    assert not IdempotencyRecord.objects.exists()

    again = with_a_token(anyone, what)
    assert (again.status_code, again.has_header("Idempotent-Replayed")) == (400, False)
    assert "example" not in again.content.decode().lower()


@pytest.mark.parametrize("link", [True, False])
def test_leaving_takes_them_along_too(anyone: Caller, with_a_token: Callable[[Caller, str], Any], link: bool) -> None:
    with_a_token(anyone, "change")
    row = Subscription.objects.get()
    if link:
        Subscription.unsubscribe_by(row.token(Purpose.UNSUBSCRIBE))
    else:
        row.unsubscribe()
    assert not IdempotencyRecord.objects.exists()


def test_that_one_has_left_is_told_again(anyone: Caller, subscription: Callable[..., Subscription]) -> None:
    path = f"{ENVELOPE}/subscriptions/{subscription(ANN).token(Purpose.MANAGE)}"
    first, again = (anyone.delete(path, **KEY) for _ in range(2))
    assert first.status_code == 200
    assert is_replay(again, first)


def test_what_is_about_others_stays(anyone: Caller, ops_caller: Caller) -> None:
    path = f"{PROBLEM}/subscriptions"
    bobs = anyone.post(path, {"email": BOB}, **KEY)
    erasing = ops_caller.post(f"{ADMIN}/gdpr/erase", {"email": ANN}, **KEY)

    assert is_replay(anyone.post(path, {"email": BOB}, **KEY), bobs)
    assert is_replay(ops_caller.post(f"{ADMIN}/gdpr/erase", {"email": ANN}, **KEY), erasing)


def test_they_are_found_under_an_older_key_of_ours(anyone: Caller, settings: Any) -> None:
    anyone.post(f"{PROBLEM}/subscriptions", {"email": ANN}, **KEY)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key, nobody knows it either"
    Subscription.erase(ANN, by=OFFICER)
    assert not IdempotencyRecord.objects.exists()
