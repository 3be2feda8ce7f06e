"""A second factor: set up, asked for, lost and taken away."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from incidents import second_factor
from incidents.models import Actor, AuditEntry
from tests.conftest import PASSWORD

LOGIN, CODE, PAGE, TOKEN = "/admin/login/", "/admin/login/code/", "/admin/second-factor/", "/api/v1/auth/token"
KEY = "3132333435363738393031323334353637383930"
BY = Actor("night", "test")

pytestmark = pytest.mark.usefixtures("frozen")


def shown(key: str = KEY) -> str:
    """What the app shows now."""
    return f"{totp(bytes.fromhex(key)):06}"


@pytest.fixture
def codes(night: User, frozen: Any) -> list[str]:
    """`night` has a factor; its recovery codes. The code that turned it on is used up."""
    found = second_factor.turn_on(night, KEY, shown(), by=BY)
    frozen.shift(60)
    return found


def log_in(client: Client, code: str = "") -> Any:
    answer = client.post(LOGIN, {"username": "night", "password": PASSWORD, "next": "/admin/incidents/service/"})
    return client.post(CODE, {"code": code}) if code else answer


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def trail() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "via"))


class TestSettingItUp:
    @pytest.fixture(autouse=True)
    def _signed_in(self, client: Client, night: User) -> None:
        client.force_login(night)

    def key(self, client: Client) -> str:
        client.get(PAGE)
        return str(client.session["key_of_new_second_factor"])

    def test_the_page_shows_what_to_scan_and_what_to_type(self, client: Client) -> None:
        page = client.get(PAGE).content.decode()
        assert "<svg" in page
        assert re.search(r"<code class=\"desk-key\">([A-Z2-7]{4} ){7}[A-Z2-7]{4}</code>", page)

    def test_the_code_that_the_app_shows_turns_it_on(self, client: Client, night: User) -> None:
        page = client.post(PAGE, {"code": shown(self.key(client))}).content.decode()
        codes = re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page)
        assert len(set(codes)) == 10
        assert second_factor.is_on(night)
        assert trail() == [("second_factor_turned_on", "admin")]

    def test_the_recovery_codes_are_shown_once_and_stored_nowhere(self, client: Client) -> None:
        page = client.post(PAGE, {"code": shown(self.key(client))}).content.decode()
        first = re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page)[0]
        assert first not in client.get(PAGE).content.decode()
        assert first.replace("-", "") not in str(list(StaticToken.objects.values()))

    @pytest.mark.parametrize("code", ["000000", "", "abc", "1" * 41, "12\x0034"])
    def test_another_code_does_not(self, client: Client, night: User, code: str) -> None:
        self.key(client)
        assert client.post(PAGE, {"code": code}).status_code == 200
        assert not TOTPDevice.objects.exists()
        assert trail() == []

    def test_a_setup_that_is_sent_twice_leaves_the_first(self, client: Client, night: User) -> None:
        key = self.key(client)
        client.post(PAGE, {"code": shown(key)})
        assert second_factor.turn_on(night, KEY, shown(), by=BY) == []
        assert TOTPDevice.objects.get().key == key


class TestLoggingIn:
    def test_the_password_alone_opens_nothing(self, client: Client, codes: list[str]) -> None:
        assert log_in(client)["Location"] == CODE
        assert not is_in(client)
        assert client.get(PAGE)["Location"] == CODE

    def test_password_and_code_lead_on(self, client: Client, codes: list[str]) -> None:
        assert log_in(client, shown())["Location"] == "/admin/incidents/service/"
        assert is_in(client)
        assert AuditEntry.objects.latest("id").after == {"second_factor": "app"}

    def test_a_code_works_once(self, client: Client, codes: list[str]) -> None:
        log_in(client, shown())
        again = Client()
        assert log_in(again, shown()).status_code == 200
        assert not is_in(again)

    def test_a_recovery_code_works_once_however_it_is_typed(self, client: Client, codes: list[str]) -> None:
        assert log_in(client, codes[0].upper().replace("-", " ")).status_code == 302
        assert AuditEntry.objects.latest("id").after == {"second_factor": "recovery code"}
        again = Client()
        assert log_in(again, codes[0]).status_code == 200
        assert log_in(again, codes[1]).status_code == 302

    def test_wrong_codes_are_stopped_wherever_they_come_from(self, client: Client, codes: list[str]) -> None:
        for number in range(5):
            somewhere = Client(REMOTE_ADDR=f"192.0.2.{number}")
            assert log_in(somewhere, "000000").status_code == 200
        answer = log_in(client, shown())
        assert (answer.status_code, answer["Retry-After"]) == (429, "900")
        assert trail()[1:] == [("login_failed", "admin")] * 5 + [("login_locked", "admin")]

    def test_a_password_waits_for_its_code_for_five_minutes(
        self, client: Client, codes: list[str], frozen: Any
    ) -> None:
        log_in(client)
        frozen.shift(301)
        assert client.post(CODE, {"code": shown()})["Location"] == LOGIN

    def test_who_is_no_staff_any_more_gets_no_further(self, client: Client, codes: list[str], night: User) -> None:
        log_in(client)
        night.is_staff = False
        night.save()
        assert client.post(CODE, {"code": shown()})["Location"] == LOGIN

    def test_without_a_password_there_is_no_page_for_codes(self, client: Client, codes: list[str]) -> None:
        assert client.get(CODE)["Location"] == LOGIN
        assert client.get(PAGE)["Location"] == LOGIN


class TestManagingIt:
    @pytest.fixture(autouse=True)
    def _signed_in(self, client: Client, codes: list[str], frozen: Any) -> None:
        log_in(client, shown())
        frozen.shift(60)

    def test_new_recovery_codes_end_the_old_ones(self, client: Client, codes: list[str], night: User) -> None:
        page = client.post(PAGE, {"code": shown(), "act": "renew"}).content.decode()
        new = re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page)
        assert (second_factor.check(night, codes[0]), second_factor.check(night, new[0])) == (None, "recovery code")

    def test_it_is_turned_off_with_a_code_only(self, client: Client, night: User) -> None:
        client.post(PAGE, {"code": "000000", "act": "off"})
        assert second_factor.is_on(night)
        client.post(PAGE, {"code": shown(), "act": "off"})
        assert not second_factor.is_on(night)
        assert trail()[-1] == ("second_factor_turned_off", "admin")

    def test_where_it_is_required_it_stays_on(self, client: Client, night: User, settings: Settings) -> None:
        settings.REQUIRE_SECOND_FACTOR = True
        client.post(PAGE, {"code": shown(), "act": "off"})
        assert second_factor.is_on(night)


class TestWhereItIsRequired:
    @pytest.fixture(autouse=True)
    def _required(self, settings: Settings) -> None:
        settings.REQUIRE_SECOND_FACTOR = True

    def test_who_has_none_sets_it_up_before_getting_in(self, client: Client, night: User) -> None:
        assert client.get(log_in(client)["Location"])["Location"] == PAGE
        assert not is_in(client)
        client.get(PAGE)
        client.post(PAGE, {"code": shown(str(client.session["key_of_new_second_factor"]))})
        assert is_in(client)
        assert [action for action, _ in trail()] == ["second_factor_turned_on", "logged_in"]

    def test_a_session_from_before_is_not_enough(self, client: Client, night: User) -> None:
        client.force_login(night)
        assert not is_in(client)


class TestTheApi:
    def ask(self, client: Client, **more: str) -> Any:
        body = {"username": "night", "password": PASSWORD, **more}
        return client.post(TOKEN, body, content_type="application/json")

    def test_it_wants_the_code_too(self, client: Client, codes: list[str]) -> None:
        assert self.ask(client).status_code == 401
        assert self.ask(client, code="000000").status_code == 401
        assert self.ask(client, code=shown()).status_code == 200
        assert self.ask(client, code=shown()).status_code == 401

    def test_where_it_is_required_who_has_none_gets_no_token(
        self, client: Client, night: User, settings: Settings
    ) -> None:
        settings.REQUIRE_SECOND_FACTOR = True
        assert self.ask(client).status_code == 401


class TestWhoHasLostIt:
    def test_a_command_takes_it_away(self, client: Client, codes: list[str], night: User) -> None:
        call_command("reset_second_factor", "night")
        assert not second_factor.is_on(night)
        assert not StaticToken.objects.exists()
        assert trail()[-1] == ("second_factor_turned_off", "command")

    @pytest.mark.parametrize("name", ["night", "nobody"])
    def test_where_there_is_none_the_command_says_so(self, night: User, name: str) -> None:
        with pytest.raises(CommandError, match=name):
            call_command("reset_second_factor", name)

    def test_a_superuser_takes_it_away(self, client: Client, codes: list[str], night: User) -> None:
        client.force_login(User.objects.create_superuser("root"))
        client.post("/admin/auth/user/", {"action": "reset_second_factor", "_selected_action": [night.pk]})
        assert not second_factor.is_on(night)

    def test_nobody_else_does(self, client: Client, codes: list[str], staff: Callable[..., User], night: User) -> None:
        client.force_login(staff("other", "PLATFORM_OPS"))
        answer = client.post("/admin/auth/user/", {"action": "reset_second_factor", "_selected_action": [night.pk]})
        assert answer.status_code == 403
        assert second_factor.is_on(night)
