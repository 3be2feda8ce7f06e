"""Subscribing, changing, leaving, forgetting."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from incidents.errors import Invalid, InvalidToken
from incidents.models import Actor, Attempt, AuditEntry, Delivery, Service, ServiceGroup, Subscription
from incidents.models.address import pseudonym
from incidents.models.claiming import claim
from incidents.models.confirmation import DAILY, QUIET
from incidents.models.message import State, Urgency
from incidents.models.pacing import Lane
from incidents.models.personal import NOT_OF_A_DELIVERY, NOT_OF_AN_ATTEMPT
from incidents.models.tokens import Purpose

ANN = "ann@example.com"
OFFICER = Actor("officer", "test")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def mails(*instants: datetime) -> int:
    """How many mails a worker that never sleeps sends to an address that is asked for at these instants."""
    sent = 0
    for at in instants:
        Subscription.subscribe(ANN, now=at)
        while row := waiting(at):
            row.was_sent(at)
            sent += 1
    return sent


def waiting(at: datetime) -> Delivery | None:
    """The mail that a worker claims at this instant."""
    return next(iter(claim(Lane.MAIL, at).deliveries), None)


def test_a_new_subscription_waits_for_its_confirmation_and_wants_everything(db: None, now: datetime) -> None:
    Subscription.subscribe(" Ann@Example.com", now=now)

    row = Subscription.objects.get()
    assert (row.address, row.verified_at) == ("Ann@Example.com", None)
    assert list(row.deliveries.values_list("kind", "due_at", "urgency")) == [("confirmation", now, Urgency.AT_ONCE)]
    assert (row.notify_incidents, row.notify_maintenance, row.notify_recovery) == (True, True, True)
    assert (row.digest_frequency, row.categories, row.covers) == ("immediate", [], None)


def test_another_spelling_is_no_other_subscription(db: None) -> None:
    Subscription.subscribe(ANN)
    Subscription.subscribe("ANN@example.COM")

    assert Subscription.objects.count() == 1


def test_a_bad_address_is_refused(db: None) -> None:
    with pytest.raises(Invalid):
        Subscription.subscribe("a@b.co, e@v.il")


def test_twenty_requests_at_once_bring_one_mail(db: None, now: datetime) -> None:
    assert mails(*[now] * 20) == 1


def test_there_are_ten_minutes_between_two_mails(db: None, now: datetime) -> None:
    assert mails(now, now + QUIET - MINUTE) == 1
    assert mails(now + QUIET) == 1


def test_there_are_three_mails_a_day_however_often_somebody_asks(db: None, now: datetime) -> None:
    assert mails(*[now + n * 5 * MINUTE for n in range(24 * 12)]) == DAILY


def test_no_stretch_of_a_day_ever_has_more_than_three(db: None, now: datetime) -> None:
    asked = [now, now + DAY - 25 * MINUTE, now + DAY - 12 * MINUTE, *(now + DAY + n * QUIET for n in range(6))]
    sent = [at for at in asked if mails(at)]

    assert max(sum(first <= at <= first + DAY for at in sent) for first in sent) == DAILY


def test_after_a_day_of_rest_it_begins_anew(db: None, now: datetime) -> None:
    mails(now, now + QUIET, now + 2 * QUIET)

    assert mails(now + 2 * QUIET + DAY) == 1


def test_one_that_is_confirmed_is_limited_the_same(subscription: Callable[..., Subscription], now: datetime) -> None:
    subscription(ANN)

    assert mails(*[now + n * MINUTE for n in range(120)]) == DAILY


def test_nobody_gets_more_mails_by_naming_several_endpoints(db: None, now: datetime) -> None:
    for n in range(20):
        times = {"created_at": now, "updated_at": now, "asked_at": now}
        row = Subscription(channel="webhook", address=ANN, address_key=ANN, endpoint_key=str(n), **times)
        row.save(force_insert=True)
        row.ask(now)

    due = Delivery.objects.order_by("due_at").values_list("due_at", flat=True)
    assert list(due) == [now + n * QUIET for n in range(DAILY)]


def test_confirming_takes_back_a_mail_that_was_still_to_be_sent(
    subscription: Callable[..., Subscription], now: datetime
) -> None:
    assert subscription().verified_at == now
    assert not waiting(now + DAY)


def test_resending_keeps_to_the_limits(subscription: Callable[..., Subscription], now: datetime) -> None:
    token = subscription(verified=False).token(Purpose.CONFIRM)
    mails(now)

    Subscription.resend(token, now=now + MINUTE)
    assert not waiting(now + MINUTE)
    Subscription.resend(token, now=now + QUIET)
    assert waiting(now + QUIET)


@pytest.fixture
def groups(service: Callable[..., Service], ops: Actor) -> dict[str, ServiceGroup]:
    """`core` with the public `api`, `inner` with the private `db`; `login` is in none."""
    found = {slug: ServiceGroup.add(by=ops, slug=slug, name=slug) for slug in ("core", "inner", "empty")}
    service("api", group=found["core"])
    service("db", group=found["inner"], is_public=False)
    service("login")
    return found


def test_a_scope_names_services_and_groups(
    subscription: Callable[..., Subscription], groups: dict[str, ServiceGroup]
) -> None:
    row = subscription(categories=["core", "login"])
    assert (row.categories, row.covers) == (["core", "login"], frozenset({"api", "login"}))
    row.change(categories=[])
    assert (row.categories, row.covers) == ([], None)


@pytest.mark.parametrize("slug", ["db", "inner", "empty", "nowhere", "a\x00b", ""])
def test_what_the_public_cannot_see_cannot_be_chosen(
    subscription: Callable[..., Subscription], groups: dict[str, ServiceGroup], slug: str
) -> None:
    row = subscription()
    with pytest.raises(Invalid) as refused:
        row.change(categories=["api", slug], notify_incidents=False)
    assert [error.field for error in refused.value.errors] == ["categories[1]"]
    row.refresh_from_db()
    assert (row.notify_incidents, row.categories) == (True, [])


def test_a_service_that_becomes_private_is_no_longer_named(
    subscription: Callable[..., Subscription], groups: dict[str, ServiceGroup], ops: Actor
) -> None:
    subscription(categories=["login", "core"])
    Service.objects.get(slug="login").change(by=ops, is_public=False)
    Service.objects.get(slug="api").change(by=ops, is_public=False)

    row = Subscription.objects.get()
    assert (row.categories, row.covers) == ([], frozenset({"api", "login"}))


def test_writing_back_what_is_shown_keeps_what_is_hidden(
    subscription: Callable[..., Subscription], groups: dict[str, ServiceGroup], ops: Actor
) -> None:
    row = subscription(categories=["api"])
    Service.objects.get(slug="api").change(by=ops, is_public=False)

    row.change(categories=row.categories)
    assert (row.categories, row.covers) == ([], frozenset({"api"}))


def test_another_choice_takes_the_place_of_what_is_shown_alone(
    subscription: Callable[..., Subscription], groups: dict[str, ServiceGroup], ops: Actor
) -> None:
    row = subscription(categories=["core"])
    Service.objects.get(slug="api").change(by=ops, is_public=False)

    row.change(categories=["login"])
    assert (row.categories, row.covers) == (["login"], frozenset({"api", "login"}))
    row.change(categories=[])
    assert (row.categories, row.covers) == ([], None)
    Service.objects.get(slug="api").change(by=ops, is_public=True)
    assert Subscription.objects.get().covers is None


def test_the_end_of_a_chosen_service_does_not_widen_the_choice(
    subscription: Callable[..., Subscription], groups: dict[str, ServiceGroup], ops: Actor
) -> None:
    subscription(categories=["login"])
    Service.objects.get(slug="login").remove(by=ops)

    assert Subscription.objects.get().covers == frozenset()


def test_choices_from_before_the_marker_stay_choices(
    subscription: Callable[..., Subscription], groups: dict[str, ServiceGroup]
) -> None:
    for name, chosen in (("none", []), ("service", ["login"]), ("group", ["core"])):
        subscription(f"{name}@example.com", categories=chosen)
    Subscription.objects.update(everything=True)

    migration = import_module("incidents.migrations.0009_scope_of_everything")
    migration.limit_those_who_chose(apps, SimpleNamespace(connection=connection))

    assert Subscription.objects.get(everything=True).address == "none@example.com"


def test_what_ended_meanwhile_cannot_be_changed(subscription: Callable[..., Subscription]) -> None:
    row = subscription()
    Subscription.objects.get().unsubscribe()
    with pytest.raises(InvalidToken):
        row.change(notify_incidents=False)


def test_leaving_by_link_can_be_repeated(subscription: Callable[..., Subscription]) -> None:
    token = subscription().token(Purpose.UNSUBSCRIBE)
    for _ in range(2):
        Subscription.unsubscribe_by(token)
        assert not Subscription.objects.exists()


def test_erasing_leaves_a_trail_without_the_address(subscription: Callable[..., Subscription]) -> None:
    subscription("Ann@Example.com")

    assert Subscription.erase("ANN@example.com", by=OFFICER) == 1
    assert not Subscription.objects.exists()
    entry: Any = AuditEntry.objects.values().get()
    assert (entry["action"], entry["subject_id"], entry["after"]) == ("erased", pseudonym(ANN), {"records": 1})
    assert "example" not in str(entry).lower()


def test_erasing_what_is_not_there_is_recorded_too(db: None) -> None:
    assert Subscription.erase(ANN, by=OFFICER) == 0
    assert AuditEntry.objects.get().after == {"records": 0}


def test_an_export_has_every_column(subscription: Callable[..., Subscription], groups: dict[str, ServiceGroup]) -> None:
    row = subscription("Ann@Example.com", categories=["core", "login"])
    subscription("bob@example.com")

    (found,) = Subscription.export(ANN)
    columns = {field.attname for field in Subscription._meta.concrete_fields} - set(Subscription.SEALED)
    sealed = {"has_endpoint", "has_secret", "has_old_secret"}
    assert found.keys() == columns | sealed | {"services", "groups", "incidents", "deliveries"}
    assert (found["id"], found["address"], found["services"], found["groups"]) == (
        row.pk,
        "Ann@Example.com",
        ["login"],
        ["core"],
    )


def test_so_has_each_message_in_it_and_each_attempt(
    subscription: Callable[..., Subscription], delivery: Callable[..., Delivery], attempt: Callable[..., Attempt]
) -> None:
    sent = delivery(subscription(ANN), State.DEAD, last_status=550, last_error="refused", attempts=1)
    attempt(sent, error="refused")

    (row,) = Subscription.export(ANN)
    found: Any = row["deliveries"]
    (found,) = found
    of_a_delivery, of_an_attempt = (
        {field.attname for field in model._meta.concrete_fields} for model in (Delivery, Attempt)
    )
    assert found.keys() == of_a_delivery - set(NOT_OF_A_DELIVERY) | {"history"}
    assert (found["last_status"], found["last_error"]) == (550, "refused")
    (tried,) = found["history"]
    assert tried.keys() == of_an_attempt - set(NOT_OF_AN_ATTEMPT)
    assert (tried["number"], tried["error"]) == (1, "refused")


def test_of_an_endpoint_it_says_what_is_kept_and_none_of_what_is_sealed(
    subscription: Callable[..., Subscription], now: datetime
) -> None:
    row = subscription(ANN)
    row.put_endpoint("https://hooks.example.com/xyzzy")
    row.failures, row.failing_since = 3, now
    row.make_secret()
    row.save()

    (found,) = Subscription.export(ANN)
    assert [found[name] for name in ("has_endpoint", "has_secret", "has_old_secret")] == [True, True, False]
    assert (found["host"], found["failures"], found["failing_since"]) == ("hooks.example.com", 3, now)
    assert "xyzzy" not in str(found)


def test_who_never_confirms_is_forgotten_after_seven_days(
    subscription: Callable[..., Subscription], now: datetime
) -> None:
    subscription("bob@example.com")
    subscription(ANN, verified=False)

    assert not Subscription.purge(now + timedelta(days=7) - MINUTE)
    assert Subscription.purge(now + timedelta(days=7))
    assert not Subscription.purge(now + timedelta(days=70))
    assert Subscription.objects.get().address == "bob@example.com"


def test_asking_again_begins_the_seven_days_anew(subscription: Callable[..., Subscription], now: datetime) -> None:
    subscription(ANN, verified=False)
    Subscription.subscribe(ANN, now=now + timedelta(days=6))

    assert not Subscription.purge(now + timedelta(days=8))


def test_no_text_about_it_says_the_address(subscription: Callable[..., Subscription]) -> None:
    row = subscription()
    assert "example" not in f"{row} {row!r}"
