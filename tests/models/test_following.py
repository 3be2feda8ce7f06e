"""Following single incidents, and choosing what one wants before it is confirmed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents.errors import Invalid
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, Service, Subscription
from incidents.models.personal import FOLLOWED_FOR

ANN = "ann@example.com"


@pytest.fixture
def broken(incident: Callable[..., Incident], now: datetime) -> Incident:
    return incident(title="Broken", now=now - timedelta(hours=1))


def test_who_follows_an_incident_is_about_nothing_else(
    subscription: Callable[..., Subscription], broken: Incident
) -> None:
    row = subscription(incidents=[broken.pk])
    assert (row.followed, row.categories, row.everything, row.covers) == ([broken.pk], [], False, frozenset())


def test_who_follows_no_incident_any_more_wants_everything(
    subscription: Callable[..., Subscription], broken: Incident
) -> None:
    row = subscription(incidents=[broken.pk])
    row.change(incidents=[])
    assert (row.followed, row.everything) == ([], True)


def test_services_and_incidents_go_together(
    subscription: Callable[..., Subscription], broken: Incident, api: Service
) -> None:
    row = subscription(incidents=[broken.pk])
    row.change(categories=["api"])
    assert (row.followed, row.categories) == ([broken.pk], ["api"])
    row.change(incidents=[])
    assert (row.followed, row.categories, row.everything) == ([], ["api"], False)
    row.change(categories=[])
    assert row.everything


@pytest.mark.parametrize("pk", ["abcdefghijkl", "a\x00b", "", "x" * 200])
def test_what_there_is_not_cannot_be_followed(subscription: Callable[..., Subscription], pk: str) -> None:
    row = subscription()
    with pytest.raises(Invalid) as refused:
        row.change(incidents=[pk])
    assert [error.field for error in refused.value.errors] == ["incidents[0]"]


@pytest.mark.parametrize("hidden", [{"is_public": False}, {"status": IncidentStatus.DRAFT}])
def test_what_the_public_cannot_see_cannot_be_followed(
    subscription: Callable[..., Subscription], incident: Callable[..., Incident], hidden: dict[str, object]
) -> None:
    secret = incident(**hidden)
    with pytest.raises(Invalid):
        subscription().change(incidents=[secret.pk])


def test_an_incident_that_becomes_private_stays_followed_without_being_named(
    subscription: Callable[..., Subscription], broken: Incident, ops: Actor
) -> None:
    row = subscription(incidents=[broken.pk])
    broken.edit(by=ops, is_public=False)

    row = Subscription.objects.get()
    assert (row.followed, row.everything) == ([], False)
    row.change(categories=[], incidents=[])
    assert list(row.incidents.all()) == [broken]


def test_who_followed_what_is_long_over_is_forgotten(
    subscription: Callable[..., Subscription], broken: Incident, ops: Actor, now: datetime, api: Service
) -> None:
    subscription(ANN, incidents=[broken.pk])
    for name, wishes in (("all", {}), ("also", {"incidents": [broken.pk], "categories": ["api"]})):
        subscription(f"{name}@example.com", **wishes)
    assert not Subscription.purge(now + 10 * FOLLOWED_FOR)
    broken.post_update(by=ops, status=IncidentStatus.RESOLVED, now=now)

    assert not Subscription.purge(now + FOLLOWED_FOR - timedelta(minutes=1))
    assert Subscription.purge(now + FOLLOWED_FOR)
    assert not Subscription.purge(now + FOLLOWED_FOR)
    assert sorted(Subscription.objects.values_list("address", flat=True)) == ["all@example.com", "also@example.com"]


def test_who_still_follows_something_stays(
    subscription: Callable[..., Subscription],
    broken: Incident,
    incident: Callable[..., Incident],
    ops: Actor,
    now: datetime,
) -> None:
    subscription(ANN, incidents=[broken.pk, incident(now=now).pk])
    broken.post_update(by=ops, status=IncidentStatus.RESOLVED, now=now)
    assert not Subscription.purge(now + FOLLOWED_FOR)


def test_wishes_may_be_told_with_the_address(db: None, broken: Incident, api: Service) -> None:
    Subscription.subscribe(ANN, digest_frequency="weekly", notify_maintenance=False, categories=["api"])
    row = Subscription.objects.get()
    assert (row.digest_frequency, row.notify_maintenance, row.categories) == ("weekly", False, ["api"])


def test_until_it_is_confirmed_the_last_wish_counts(db: None, api: Service) -> None:
    Subscription.subscribe(ANN, digest_frequency="weekly", categories=["api"])
    Subscription.subscribe(ANN, digest_frequency="daily", categories=[])
    row = Subscription.objects.get()
    assert (row.digest_frequency, row.categories) == ("daily", [])


def test_nobody_but_its_holder_changes_what_is_confirmed(
    subscription: Callable[..., Subscription], api: Service
) -> None:
    subscription(ANN)
    Subscription.subscribe(ANN, digest_frequency="weekly", categories=["api"])
    row = Subscription.objects.get()
    assert (row.digest_frequency, row.categories) == ("immediate", [])


def test_a_language_is_one_that_there_is(db: None) -> None:
    Subscription.subscribe(ANN, language="de")
    assert Subscription.objects.get().language == "de"
    with pytest.raises(Invalid) as refused:
        Subscription.subscribe(ANN, language="klingon")
    assert [error.field for error in refused.value.errors] == ["language"]
