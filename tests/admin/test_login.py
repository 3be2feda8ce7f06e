"""The way into the desk: guessing is slowed down and told of, and a session is worth little to a thief."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from incidents.models import AuditEntry
from incidents.signing_in import UNKNOWN
from tests.conftest import PASSWORD

LOGIN = "/admin/login/"


def log_in(client: Client, name: str = "night", password: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"username": name, "password": password, **more})


def fail(client: Client, name: str = "night", times: int = 5) -> Any:
    for _ in range(times):
        answer = log_in(client, name, "wrong")
        assert answer.status_code == 200
    return answer


def trail() -> list[tuple[str, str, str, dict[str, str]]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "actor", "via", "after"))


def test_ops_get_in_where_they_wanted_to(client: Client, night: User) -> None:
    answer = log_in(client, next="/admin/incidents/incident/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/incidents/incident/")
    assert trail() == [("logged_in", "night", "admin", {"second_factor": "none"})]
    assert AuditEntry.objects.get().address == "127.0.0.1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("https://evil.example/", "//evil.example", "https:evil", "https:/evil", "https:///evil"),
        *("javascript:alert(1)", "\\\\evil", "/\\evil", "\t//evil", "/\t/evil"),
    ],
)
def test_nobody_is_sent_to_another_site(client: Client, night: User, elsewhere: str) -> None:
    assert log_in(client, next=elsewhere)["Location"] == "/admin/"


def test_who_is_in_already_is_led_on(client: Client, night: User) -> None:
    client.force_login(night)
    assert client.get(f"{LOGIN}?next=/admin/incidents/service/")["Location"] == "/admin/incidents/service/"


def test_after_five_failures_the_right_password_is_told_to_wait(client: Client, night: User) -> None:
    fail(client)
    answer = log_in(client)
    assert answer.status_code == 429
    assert 890 < int(answer["Retry-After"]) <= 900
    assert "15 minutes" in answer.content.decode()
    assert "sessionid" not in client.cookies


def test_the_api_and_the_desk_count_together(client: Client, night: User) -> None:
    fail(client)
    body = {"username": "night", "password": PASSWORD}
    assert client.post("/api/v1/auth/token", body, content_type="application/json").status_code == 429


def test_another_address_is_not_locked_out(client: Client, night: User) -> None:
    fail(client)
    assert log_in(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302


def test_who_is_no_staff_is_told_the_same_as_who_does_not_exist(client: Client, user: Callable[..., User]) -> None:
    user("reader")

    def told(name: str, password: str) -> str:
        page: str = log_in(client, name, password).content.decode()
        return page.partition('class="errornote"')[2].partition("</p>")[0]

    assert told("reader", PASSWORD) == told("reader", "wrong") == told("nobody", "wrong") != ""


def test_failures_and_the_lockout_are_in_the_trail(client: Client, night: User) -> None:
    fail(client)
    log_in(client)
    failure = ("login_failed", "night", "admin", {"wrong": "password"})
    assert trail() == [*[failure] * 5, ("login_locked", "night", "admin", {"wrong": "password"})]


def test_what_was_typed_as_an_unknown_name_is_not_kept(client: Client, night: User) -> None:
    fail(client, "hunter2", times=1)
    assert trail() == [("login_failed", UNKNOWN, "admin", {"wrong": "password"})]
    assert "hunter2" not in str(list(AuditEntry.objects.values()))


def test_a_token_of_the_api_is_in_the_trail_too(client: Client, night: User) -> None:
    for password in ("wrong", PASSWORD):
        body = {"username": "night", "password": password}
        client.post("/api/v1/auth/token", body, content_type="application/json")
    assert trail() == [
        ("login_failed", "night", "api", {"wrong": "password"}),
        ("logged_in", "night", "api", {"second_factor": "none"}),
    ]


@pytest.mark.parametrize("name", ["\0", "n\0ight", "x" * 10_000, "", "🔥"])
def test_nonsense_is_no_login_and_no_server_error(client: Client, night: User, name: str) -> None:
    assert log_in(client, name).status_code == 200


def test_a_login_gives_the_session_a_new_key(client: Client, night: User) -> None:
    client.get(LOGIN)
    session = client.session
    session["before"] = "1"
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    log_in(client)
    assert client.session.session_key != session.session_key


def test_a_new_password_ends_every_other_session(client: Client, night: User) -> None:
    other = Client()
    for one in (client, other):
        one.force_login(night)
    typed = {"old_password": PASSWORD, "new_password1": "battery staple 7", "new_password2": "battery staple 7"}
    assert client.post("/admin/password_change/", typed).status_code == 302
    assert (client.get("/admin/").status_code, other.get("/admin/").status_code) == (200, 302)
    assert trail() == [("password_changed", "night", "admin", {})]


def test_the_cookie_is_for_this_site_and_for_no_script(client: Client, night: User) -> None:
    cookie = log_in(client).cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie["max-age"] == settings.SESSION_COOKIE_AGE == 12 * 60 * 60
