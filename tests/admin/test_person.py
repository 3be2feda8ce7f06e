"""The data protection officer answers a person."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from incidents import roles
from incidents.models import AuditEntry, Subscription
from incidents.models.address import pseudonym
from tests.admin.filling import Desk

ANN = "ann@example.com"
PERSON = "/admin/incidents/subscription/person/"


@pytest.fixture(params=roles.ALL)
def entitled(request: pytest.FixtureRequest, client: Client, staff: Callable[..., User]) -> Desk:
    client.force_login(staff("reader", request.param))
    return Desk(client)


def test_it_is_reached_from_the_list(entitled: Desk) -> None:
    assert PERSON in entitled.open("/admin/incidents/subscription/").html


def test_all_that_is_stored_comes_as_a_file(entitled: Desk, subscription: Callable[..., Subscription]) -> None:
    row = subscription("Ann@example.com")
    answer = entitled.send(PERSON, email=" ANN@example.com ").response
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    (found,) = answer.json()["subscriptions"]
    assert (found["id"], found["address"]) == (row.pk, "Ann@example.com")
    assert Subscription.objects.exists()


def test_of_somebody_unknown_it_says_that_nothing_is_stored(entitled: Desk) -> None:
    assert entitled.send(PERSON, email=ANN).response.json() == {"email": ANN, "subscriptions": []}


def test_erasing_is_a_choice_and_for_good(entitled: Desk, subscription: Callable[..., Subscription]) -> None:
    subscription(ANN)
    page = entitled.send(PERSON, email=ANN, wish="erase")
    assert "Erased: 1 subscription." in page.words
    assert not Subscription.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id, entry.via) == ("erased", pseudonym(ANN), "admin")


@pytest.mark.parametrize("wish", ["export", "erase"])
def test_what_is_no_address_is_told(desk: Desk, subscription: Callable[..., Subscription], wish: str) -> None:
    subscription(ANN)
    assert desk.send(PERSON, email="ann", wish=wish).errors == {"email"}
    assert Subscription.objects.exists()


def test_nobody_else_may(client: Client, staff: Callable[..., User]) -> None:
    client.force_login(staff("clerk"))
    assert (client.get(PERSON).status_code, client.post(PERSON, {"email": ANN}).status_code) == (403, 403)
