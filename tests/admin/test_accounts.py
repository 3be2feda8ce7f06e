"""People, roles and tokens: who may change them, what the trail keeps of it, and what nobody sees."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from incidents import roles
from incidents.models import AuditEntry
from tests.admin.filling import Desk
from tests.conftest import PASSWORD

PEOPLE, GROUPS, TOKENS = "/admin/auth/user/", "/admin/auth/group/", "/admin/token_blacklist/outstandingtoken/"


@pytest.fixture
def root(client: Client, db: None) -> Desk:
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))
    return Desk(client)


def latest() -> AuditEntry:
    return AuditEntry.objects.latest("id")


def test_the_roles_have_no_permission_but_what_the_desk_gives_them(db: None) -> None:
    """Whoever holds them may do what `incidents.roles` is asked for, nothing that a table of permissions adds."""
    held = {group.name: group.permissions.count() for group in Group.objects.all()}
    assert held == dict.fromkeys(roles.ALL, 0)


@pytest.mark.parametrize("path", [PEOPLE, f"{PEOPLE}add/", GROUPS, f"{GROUPS}add/", TOKENS])
@pytest.mark.parametrize("role", ["", *roles.ALL])
def test_accounts_are_for_superusers(client: Client, staff: Callable[..., User], path: str, role: str) -> None:
    client.force_login(staff("clerk", role))
    assert client.get(path).status_code == 403


def test_permissions_of_the_stock_kind_open_nothing(client: Client, staff: Callable[..., User]) -> None:
    """Who may change users could make themselves superuser."""
    clerk = staff("clerk")
    clerk.user_permissions.add(*_permissions("change_user", "view_user", "view_outstandingtoken"))
    client.force_login(clerk)
    assert [client.get(path).status_code for path in (PEOPLE, TOKENS)] == [403, 403]


def _permissions(*names: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=names)


def test_a_new_person_is_in_the_trail_without_the_password(root: Desk) -> None:
    typed = {"username": "new", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    root.client.post(f"{PEOPLE}add/", typed)
    entry = latest()
    assert (entry.action, entry.actor, entry.via, entry.subject_title) == ("created", "root", "admin", "new")
    assert entry.after["username"] == "new"
    assert PASSWORD not in str(entry.after)


def test_a_role_that_is_given_is_in_the_trail_before_and_after(root: Desk, night: User) -> None:
    officer = Group.objects.get(name=roles.DATA_PROTECTION_OFFICER)
    typed = {
        "username": "night", "is_active": "on", "is_staff": "on", "groups": [officer.pk],
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
    }  # fmt: skip
    assert root.client.post(f"{PEOPLE}{night.pk}/change/", typed).status_code == 302
    entry = latest()
    assert (entry.before["groups"], entry.after["groups"]) == ([roles.PLATFORM_OPS], [roles.DATA_PROTECTION_OFFICER])


def test_a_password_that_is_set_for_somebody_is_in_the_trail(root: Desk, night: User) -> None:
    typed = {"password1": "battery staple 7", "password2": "battery staple 7", "usable_password": "true"}
    root.client.post(f"{PEOPLE}{night.pk}/password/", typed)
    assert (latest().action, latest().subject_title, latest().actor) == ("password_changed", "night", "root")


def test_a_deletion_is_in_the_trail(root: Desk, night: User) -> None:
    root.client.post(f"{PEOPLE}{night.pk}/delete/", {"post": "yes"})
    assert (latest().action, latest().subject_title) == ("deleted", "night")


def test_no_page_shows_a_token(root: Desk, night: User) -> None:
    raw = str(RefreshToken.for_user(night))
    row = OutstandingToken.objects.get()
    for path in (TOKENS, f"{TOKENS}{row.pk}/change/"):
        page = root.open(path)
        assert page.response.status_code == 200
        assert "night" in page.words
        assert raw not in page.html
        assert raw.rpartition(".")[2] not in page.html


def test_a_token_can_be_ended(root: Desk, night: User) -> None:
    raw = str(RefreshToken.for_user(night))
    root.client.post(TOKENS, {"action": "use_up", "_selected_action": [OutstandingToken.objects.get().pk]})
    answer = Client().post("/api/v1/auth/token/refresh", {"refresh": raw}, content_type="application/json")
    assert answer.status_code == 401
    assert (latest().action, latest().subject_title) == ("refresh_token_ended", "night")


@pytest.mark.parametrize(
    "model", ["token_blacklist/blacklistedtoken", "otp_totp/totpdevice", "otp_static/staticdevice"]
)
def test_what_holds_secrets_has_no_page_at_all(root: Desk, model: str) -> None:
    assert root.open(f"/admin/{model}/").response.status_code == 404
