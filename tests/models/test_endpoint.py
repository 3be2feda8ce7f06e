"""Subscriptions that are no mailbox: what is stored of them, what signs, and when nothing is sent."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from incidents.errors import Conflict, Invalid, InvalidToken
from incidents.models import Actor, AuditEntry, Channel, Delivery, Event, Incident, Subscription
from incidents.models.audience import Topic, audience
from incidents.models.endpoint import OLD_SECRET_FOR, Disabled
from incidents.models.message import State
from incidents.models.pacing import Lane
from incidents.models.subscription import MOST_WAITING
from incidents.models.tokens import Purpose

ANN = "ann@example.com"
URL = "https://hooks.example.com/status?key=s3cret"
SLACK = "https://hooks.slack.com/services/T0/B0/s3cret"
EVERYTHING = Topic(is_maintenance=False, is_recovery=False, services=())


@pytest.fixture
def hook(db: None, now: datetime) -> Callable[..., Subscription]:
    """A confirmed webhook, or another one: hook(Channel.SLACK, SLACK)."""

    def add(channel: Channel = Channel.WEBHOOK, url: str = URL, **wishes: Any) -> Subscription:
        Subscription.subscribe(ANN, channel=channel, endpoint=url, now=now, **wishes)
        row = Subscription.objects.get(channel=channel, endpoint_key=Subscription.endpoint_keys(url)[0])
        return Subscription.verify(row.token(Purpose.CONFIRM), now=now)

    return add


def test_an_endpoint_waits_until_its_holder_has_confirmed_it(db: None, now: datetime) -> None:
    Subscription.subscribe(ANN, channel=Channel.WEBHOOK, endpoint=URL, now=now)

    row = Subscription.objects.get()
    assert (row.address, row.endpoint, row.host) == (ANN, URL, "hooks.example.com")
    assert (row.verified_at, row.has_secret) == (None, False)
    assert list(row.deliveries.values_list("kind", "due_at")) == [("confirmation", now)]
    assert not audience(EVERYTHING).exists()


def test_neither_address_nor_secret_is_stored_in_clear(hook: Callable[..., Subscription]) -> None:
    row = hook()
    stored = str(Subscription.objects.values().get())
    assert "s3cret" not in stored
    assert row.fresh_secret not in stored
    assert base64.b64decode(row.fresh_secret.removeprefix("whsec_")).hex() not in stored


@pytest.mark.parametrize(
    ("channel", "url", "code"),
    [(Channel.EMAIL, URL, "not_allowed"), (Channel.WEBHOOK, "", "required"), (Channel.SLACK, "", "required")],
)
def test_an_endpoint_is_given_where_there_must_be_one(db: None, channel: Channel, url: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Subscription.subscribe(ANN, channel=channel, endpoint=url)
    assert [(error.field, error.code) for error in refused.value.errors] == [("endpoint", code)]


def test_one_person_may_have_several_each_once(db: None) -> None:
    for _ in range(2):
        Subscription.subscribe(ANN)
        Subscription.subscribe("ANN@example.com", channel=Channel.WEBHOOK, endpoint=URL)
        Subscription.subscribe(ANN, channel=Channel.WEBHOOK, endpoint=URL + "2")
        Subscription.subscribe(ANN, channel=Channel.SLACK, endpoint=SLACK)

    rows = Subscription.objects.of_address(ANN)
    assert sorted(rows.values_list("channel", flat=True)) == ["email", "slack", "webhook", "webhook"]
    assert {row.others.count() for row in rows} == {3}


def test_an_endpoint_is_known_by_a_key_that_was_replaced(hook: Callable[..., Subscription], settings: Any) -> None:
    row = hook()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "x" * 60, [settings.SECRET_KEY]
    Subscription.subscribe(ANN, channel=Channel.WEBHOOK, endpoint=URL)

    assert Subscription.objects.get().pk == row.pk


def test_strangers_cannot_pile_up_endpoints_on_somebody(db: None) -> None:
    for n in range(MOST_WAITING + 3):
        Subscription.subscribe(ANN, channel=Channel.WEBHOOK, endpoint=f"{URL}{n}")
    assert Subscription.objects.count() == MOST_WAITING

    Subscription.subscribe(ANN)
    Subscription.subscribe("bob@example.com", channel=Channel.WEBHOOK, endpoint=URL)
    assert Subscription.objects.count() == MOST_WAITING + 2


def test_confirming_makes_the_secret_and_tells_it_once(hook: Callable[..., Subscription], now: datetime) -> None:
    row = hook()
    assert 24 <= len(base64.b64decode(row.fresh_secret.removeprefix("whsec_"), validate=True)) <= 64
    assert row.secrets(now) == (row.fresh_secret,)
    assert Subscription.objects.get().fresh_secret == ""


def test_each_endpoint_has_a_secret_of_its_own(hook: Callable[..., Subscription]) -> None:
    assert hook().fresh_secret != hook(url=URL + "2").fresh_secret


def test_where_nothing_is_signed_there_is_no_secret(
    hook: Callable[..., Subscription], subscription: Callable[..., Subscription]
) -> None:
    for row in (hook(Channel.SLACK, SLACK), subscription()):
        assert (row.fresh_secret, row.has_secret) == ("", False)
        with pytest.raises(Conflict):
            row.rotate_secret()


def test_after_a_rotation_both_secrets_sign_for_a_day(hook: Callable[..., Subscription], now: datetime) -> None:
    row = hook()
    old = row.fresh_secret
    row.rotate_secret(now=now)

    assert row.fresh_secret != old
    stored = Subscription.objects.get()
    assert stored.secrets(now + OLD_SECRET_FOR - timedelta(seconds=1)) == (row.fresh_secret, old)
    assert stored.secrets(now + OLD_SECRET_FOR) == (row.fresh_secret,)


def test_what_ended_meanwhile_gets_no_new_secret(hook: Callable[..., Subscription]) -> None:
    row = hook()
    Subscription.objects.get().unsubscribe()
    with pytest.raises(InvalidToken):
        row.rotate_secret()


@pytest.fixture
def delivery(incident: Callable[..., Incident], now: datetime) -> Callable[..., Delivery]:
    """delivery(subscription): a message to it that waits, unless told otherwise."""
    incident()
    event = Event.objects.get()

    def add(row: Subscription, **columns: Any) -> Delivery:
        given = {"event": event, "lane": Lane.HOOK, "due_at": now, "created_at": now, **columns}
        return Delivery.objects.create(subscription=row, **given)

    return add


def test_what_is_disabled_is_told_nothing_not_even_what_waits(
    hook: Callable[..., Subscription], delivery: Callable[..., Delivery], now: datetime
) -> None:
    row = hook()
    waiting = delivery(row)

    assert row.disable(Disabled.GONE, now)
    assert not row.disable(Disabled.FAILING, now)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.finished_at) == (State.CANCELLED, now)
    assert not audience(EVERYTHING).exists()
    assert Subscription.objects.get().disabled_because == Disabled.GONE


def test_enabling_it_again_counts_anew(hook: Callable[..., Subscription], now: datetime) -> None:
    row = hook()
    row.disable(Disabled.FAILING, now)
    Subscription.objects.update(failures=9, failing_since=now)

    assert row.enable()
    assert not row.enable()
    stored = Subscription.objects.get()
    assert (stored.disabled_at, stored.disabled_because, stored.failures, stored.failing_since) == (None, "", 0, None)
    assert audience(EVERYTHING).get() == row


def test_only_ops_enable_what_ops_have_disabled(hook: Callable[..., Subscription], ops: Actor) -> None:
    row = hook()
    row.disable(Disabled.BY_OPS, by=ops)
    with pytest.raises(Conflict):
        row.enable()

    assert row.enable(by=ops)
    trail = AuditEntry.objects.filter(subject_type="subscription").values_list("action", flat=True)
    assert list(trail) == ["enabled", "disabled"]


@pytest.mark.parametrize("way", ["unsubscribe", "erase", "purge"])
def test_an_end_cancels_what_waits_and_leaves_what_is_done(
    hook: Callable[..., Subscription], delivery: Callable[..., Delivery], now: datetime, ops: Actor, way: str
) -> None:
    row = hook()
    waiting = delivery(row)
    sent = delivery(row, event=None, state=State.SENT, finished_at=now)
    if way == "unsubscribe":
        row.unsubscribe()
    elif way == "erase":
        assert Subscription.erase(ANN, by=ops) == 1
    else:
        Subscription.objects.update(verified_at=None)
        assert Subscription.purge(now + timedelta(days=7))

    assert not Subscription.objects.exists()
    for one, state in ((waiting, State.CANCELLED), (sent, State.SENT)):
        one.refresh_from_db()
        assert (one.state, one.subscription) == (state, None)


def test_a_person_is_told_and_forgotten_with_all_endpoints(
    hook: Callable[..., Subscription], subscription: Callable[..., Subscription], ops: Actor
) -> None:
    subscription(ANN)
    secret = hook().fresh_secret
    hook(Channel.SLACK, SLACK)

    told = Subscription.export("ANN@example.com")
    assert {(row["channel"], row["host"], row["has_secret"]) for row in told} == {
        ("email", "", False),
        ("webhook", "hooks.example.com", True),
        ("slack", "hooks.slack.com", False),
    }
    assert "s3cret" not in str(told)
    assert secret not in str(told)
    assert Subscription.erase(ANN, by=ops) == 3
    assert Subscription.export(ANN) == []
