"""Who is told."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from incidents.models import Incident, Service, Subscription
from incidents.models.audience import Topic, audience

OF_CHECKOUT = Topic(is_maintenance=False, is_recovery=False, services=["checkout"], incident="abcdefghijkl")


@pytest.fixture
def row(subscription: Callable[..., Subscription], service: Callable[..., Service]) -> Subscription:
    for slug in ("checkout", "search"):
        service(slug)
    return subscription()


def is_told(topic: Topic = OF_CHECKOUT) -> bool:
    return audience(topic).exists()


def test_who_confirmed_is_told_of_everything(row: Subscription) -> None:
    assert is_told()


def test_who_never_confirmed_is_told_nothing(subscription: Callable[..., Subscription]) -> None:
    subscription(verified=False)
    assert not is_told()


def test_who_cannot_be_reached_is_told_nothing(row: Subscription, now: datetime) -> None:
    Subscription.objects.update(disabled_at=now)
    assert not is_told()


@pytest.mark.parametrize(("slug", "told"), [("checkout", True), ("search", False)])
def test_who_chose_services_is_told_of_them(row: Subscription, slug: str, told: bool) -> None:
    row.change(categories=[slug])
    assert is_told() is told


def test_what_names_no_service_is_for_those_who_want_everything(row: Subscription) -> None:
    nothing = Topic(is_maintenance=False, is_recovery=False, services=[])
    assert is_told(nothing)
    row.change(categories=["checkout"])
    assert not is_told(nothing)


def test_who_follows_an_incident_is_told_of_this_one(row: Subscription, incident: Callable[..., Incident]) -> None:
    followed, other = incident(title="One"), incident(title="Two")
    row.change(categories=["search"])
    row.incidents.add(followed)
    assert is_told(Topic(is_maintenance=False, is_recovery=False, services=[], incident=followed.pk))
    assert not is_told(Topic(is_maintenance=False, is_recovery=False, services=[], incident=other.pk))


def test_who_wants_a_digest_waits_for_it(row: Subscription) -> None:
    row.change(digest_frequency="daily")
    assert not is_told()


@pytest.mark.parametrize("wish", ["notify_incidents", "notify_recovery", "notify_maintenance"])
def test_each_wish_counts_for_itself(row: Subscription, wish: str) -> None:
    others = {"notify_incidents", "notify_recovery", "notify_maintenance"} - {wish}
    wishes: dict[str, Any] = dict.fromkeys(others, False)
    row.change(**wishes)
    topics = {
        "notify_incidents": OF_CHECKOUT,
        "notify_recovery": Topic(is_maintenance=False, is_recovery=True, services=["checkout"]),
        "notify_maintenance": Topic(is_maintenance=True, is_recovery=False, services=["checkout"]),
    }
    assert [name for name, topic in topics.items() if is_told(topic)] == [wish]
