"""The desk's list of machine tokens: to be read, and to revoke."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from incidents import roles
from incidents.api.machines import signed
from incidents.models import Actor, AuditEntry, MachineToken
from tests.admin.filling import Desk

LIST = "/admin/incidents/machinetoken/"


@pytest.fixture
def token(db: None, ops: Actor) -> MachineToken:
    return MachineToken.issue("ci-deploy", [roles.PLATFORM_OPS], days=1, by=ops)


def revoking(token: MachineToken) -> dict[str, str]:
    return {"action": "revoke", "_selected_action": token.pk}


def test_they_are_listed_without_the_secret(desk: Desk, token: MachineToken) -> None:
    for path in (LIST, f"{LIST}?q=deploy", f"{LIST}{token.pk}/change/"):
        page = desk.open(path)
        assert "ci-deploy" in page.words
        assert signed(token).rpartition(".")[2] not in page.html


def test_one_is_revoked_by_whoever_does_it(desk: Desk, token: MachineToken) -> None:
    page = desk.client.post(LIST, revoking(token), follow=True).content.decode()
    assert "Revoked: ci-deploy." in page
    entry = AuditEntry.objects.get(action="revoked")
    assert (entry.actor, entry.via, entry.subject_id) == ("night", "admin", token.pk)


def test_revoking_again_says_so(desk: Desk, token: MachineToken, ops: Actor) -> None:
    token.revoke(by=ops)
    page = desk.client.post(LIST, revoking(token), follow=True).content.decode()
    assert "is revoked already" in page
    assert AuditEntry.objects.filter(action="revoked").count() == 1


def test_nobody_adds_edits_or_deletes_here(desk: Desk, token: MachineToken) -> None:
    for path in ("add/", f"{token.pk}/change/", f"{token.pk}/delete/"):
        assert desk.client.post(f"{LIST}{path}", {"name": "other", "post": "yes"}).status_code == 403
    token.refresh_from_db()
    assert token.name == "ci-deploy"


def test_to_other_staff_they_do_not_exist(client: Client, staff: Callable[..., User], token: MachineToken) -> None:
    client.force_login(staff("clerk", roles.DATA_PROTECTION_OFFICER))
    assert client.get(LIST).status_code == 403
    assert client.post(LIST, revoking(token)).status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None
