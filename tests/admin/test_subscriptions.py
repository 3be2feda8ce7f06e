"""Subscribers at the desk: found, read, erased; by ops and the data protection officer."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from incidents import roles
from incidents.models import AuditEntry, Subscription
from tests.admin.filling import Desk, Form

LIST = "/admin/incidents/subscription/"


@pytest.fixture(params=roles.ALL)
def reader(request: pytest.FixtureRequest, client: Client, staff: Callable[..., User]) -> Desk:
    client.force_login(staff("reader", request.param))
    return Desk(client)


def test_they_are_found_by_address_and_by_confirmation(reader: Desk, subscription: Callable[..., Subscription]) -> None:
    subscription("known@example.com")
    subscription("waits@example.com", verified=False)

    def shown(query: str) -> list[str]:
        page = reader.open(LIST + query).html
        return [name for name in ("known", "waits") if f"{name}@example.com" in page]

    assert shown("") == ["known", "waits"]
    assert shown("?q=KNOWN") == ["known"]
    assert shown("?verified=yes") == ["known"]
    assert shown("?verified=no") == ["waits"]


def test_one_can_be_read_and_not_written(reader: Desk, subscription: Callable[..., Subscription]) -> None:
    row = subscription()
    page = reader.open(f"{LIST}{row.pk}/change/")
    assert "ann@example.com" in page.html
    assert "address_key" not in page.html
    assert reader.client.post(f"{LIST}{row.pk}/change/", {"address": "b@example.com"}).status_code == 403
    assert reader.client.get(f"{LIST}add/").status_code == 403


def test_one_is_erased_after_a_question(reader: Desk, subscription: Callable[..., Subscription]) -> None:
    row = subscription()
    path = f"{LIST}{row.pk}/delete/"
    assert f"{LIST}{row.pk}/delete/" in reader.open(f"{LIST}{row.pk}/change/").html
    page = reader.open(path)
    assert Subscription.objects.exists()
    assert isinstance(page.form, Form)

    reader.send(path, page)

    assert not Subscription.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.via, entry.actor) == ("erased", "admin", "reader")


def test_an_erasure_is_in_the_audit_trail_without_the_address(
    desk: Desk, subscription: Callable[..., Subscription]
) -> None:
    desk.send(f"{LIST}{subscription().pk}/delete/")
    page = desk.open("/admin/incidents/auditentry/")
    assert "subscription: erased" in page.words
    assert "ann@example.com" not in page.html


@pytest.mark.parametrize("page", ["", "{}/change/", "{}/delete/"])
def test_other_staff_are_refused(
    client: Client, staff: Callable[..., User], subscription: Callable[..., Subscription], page: str
) -> None:
    client.force_login(staff("clerk"))
    path = LIST + page.format(subscription().pk)
    assert (client.get(path).status_code, client.post(path).status_code) == (403, 403)
    assert Subscription.objects.exists()


def test_the_officer_sees_subscribers_and_nothing_else(client: Client, staff: Callable[..., User]) -> None:
    client.force_login(staff("officer", roles.DATA_PROTECTION_OFFICER))
    page = client.get("/admin/").content.decode()
    assert LIST in page
    assert "/admin/incidents/incident/" not in page
