"""What EMAIL_URL, DEFAULT_FROM_EMAIL, MAINTENANCE_REMINDERS and INTERNAL_API_KEYS may be."""

from typing import Any

import pytest

from statussite import environment, mail

SMTP = "incidents.notify.smtp.EmailBackend"


def mailer(monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    monkeypatch.setenv("EMAIL_URL", url)
    return mail.mailer("EMAIL_URL", "console:", timeout=15)


def test_mail_is_printed_unless_a_relay_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mailer(monkeypatch, "")["BACKEND"] == "django.core.mail.backends.console.EmailBackend"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smtp://mail.example.com", ("mail.example.com", None, "", "", False, False)),
        ("smtp+tls://u%40x:p%2Fw@mail.example.com:587", ("mail.example.com", 587, "u@x", "p/w", True, False)),
        ("smtps://u:p@[::1]:465", ("::1", 465, "u", "p", False, True)),
    ],
)
def test_a_relay_is_told_by_its_address(monkeypatch: pytest.MonkeyPatch, url: str, told: tuple[Any, ...]) -> None:
    found = mailer(monkeypatch, url)
    names = ("host", "port", "username", "password", "use_tls", "use_ssl")
    assert (found["BACKEND"], found["OPTIONS"]) == (SMTP, {**dict(zip(names, told, strict=True)), "timeout": 15})


@pytest.mark.parametrize(
    "url", ["mail.example.com", "smtp://", "http://mail", "smtp://h:99999", "smtp://h/x", "smtp://["]
)
def test_any_other_stops_the_start_without_saying_the_value(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        mailer(monkeypatch, url)
    assert str(stopped.value).startswith("Cannot start: EMAIL_URL must be")
    assert "99999" not in str(stopped.value)


@pytest.mark.parametrize("value", ["status@example.com", "Acme Status <status@example.com>", "status@localhost"])
def test_a_sender_is_an_address_with_or_without_a_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FROM", value)
    assert mail.sender("FROM", "") == value


@pytest.mark.parametrize("value", ["Acme", "a@b, c@d", "<>", "a b@c"])
def test_any_other_sender_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FROM", value)
    with pytest.raises(SystemExit):
        mail.sender("FROM", "a@b.c")


def test_keys_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS", f"{'a' * 16}, {'b' * 20}")
    assert environment.keys("KEYS", least=16) == ("a" * 16, "b" * 20)
    monkeypatch.setenv("KEYS", f"{'a' * 16},secret")
    with pytest.raises(SystemExit) as stopped:
        environment.keys("KEYS", least=16)
    assert "secret" not in str(stopped.value)


def reminders(monkeypatch: pytest.MonkeyPatch, value: str | None) -> tuple[int, ...]:
    if value is not None:
        monkeypatch.setenv("MAINTENANCE_REMINDERS", value)
    return environment.numbers("MAINTENANCE_REMINDERS", (24, 1), least=1, most=720)


@pytest.mark.parametrize(("value", "hours"), [(None, (24, 1)), ("", ()), ("48", (48,)), (" 72, 24 ,2", (72, 24, 2))])
def test_reminders_come_so_many_hours_before(
    monkeypatch: pytest.MonkeyPatch, value: str | None, hours: tuple[int, ...]
) -> None:
    assert reminders(monkeypatch, value) == hours


@pytest.mark.parametrize("value", ["0", "-1", "721", "1.5", "a day", "٣", "1;2"])
def test_other_reminders_stop_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    with pytest.raises(SystemExit, match="MAINTENANCE_REMINDERS must be whole numbers from 1 to 720"):
        reminders(monkeypatch, value)
