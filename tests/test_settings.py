"""Each variable is documented, and what it must not be stops the start with one line that does not repeat it."""

import os
import re
import runpy
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.db.utils import ConnectionHandler
from pytest_django import Settings

from incidents import checks
from tests.server import ROOT, free_port, manage

OF_GUNICORN = {"HOST", "PORT", "WEB_CONCURRENCY"}
MODULES = [ROOT / "statussite" / name for name in ("settings.py", "gunicorn.py")]
ANY_TEXT = {
    "JWT_AUDIENCE", "JWT_ISSUER", "PAGE_LOGO", "PAGE_NAME", "PAGE_PRODUCT_URL", "PAGE_SUPPORT_URL",
    "PUBLISHED_DIR", "STATIC_ROOT",
}  # fmt: skip
BAD = {
    "ALLOWED_HOSTS": "*",
    "CELERY_BROKER_URL": "hunter2://broker",
    "DATABASE_URL": "mysql://root:hunter2@host/name",
    "DEBUG": "hunter2",
    "DEFAULT_FROM_EMAIL": "hunter2",
    "EMAIL_URL": "imap://hunter2@host",
    "HOOKS_PER_SECOND": "hunter2",
    "HOST": "hunter2..example",
    "INTERNAL_API_KEYS": "hunter2",
    "JWT_JWKS_URL": "http://hunter2.example.com",
    "JWT_MAX_MINUTES": "hunter2",
    "LATENCY_QUERY": "hunter2",
    "LOG_FORMAT": "hunter2",
    "MAILS_PER_SECOND": "-1",
    "MAINTENANCE_REMINDERS": "0",
    "METRICS_ALLOWED": "hunter2",
    "METRICS_TOKEN": "hunter2",
    "NOTIFICATION_HOLD": "hunter2",
    "PAGE_LANGUAGE": "hunter2",
    "PAGE_TIME_ZONE": "hunter2",
    "PAGE_ACCENT": "hunter2",
    "PAGE_LINKS": "hunter2",
    "PORT": "70000",
    "PROMETHEUS_URL": "hunter2://host",
    "RATE_LIMITS": "hunter2",
    "REDIS_URL": "hunter2://host",
    "REQUIRE_SECOND_FACTOR": "hunter2",
    "SECRET_KEY": "hunter2",
    "SECRET_KEY_FALLBACKS": "hunter2",
    "SECURITY_CONTACT": "hunter2",
    "SITE_URL": "hunter2",
    "TRUSTED_PROXIES": "hunter2",
    "WEBHOOK_ALLOW_HTTP": "hunter2",
    "WEBHOOK_ALLOW_PRIVATE": "hunter2",
    "WEB_CONCURRENCY": "hunter2",
}
PRODUCTION = {
    "ALLOWED_HOSTS": "status.example.com",
    "DEBUG": "false",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com",
    "SITE_URL": "https://status.example.com",
}


def variables() -> set[str]:
    """Those that the code reads."""
    read = re.compile(r"(?:env|mail)\.\w+\(\s*[\"']([A-Z_]+)[\"']")
    return {name for module in MODULES for name in read.findall(module.read_text())}


def documented() -> list[str]:
    """Those of the one table, in its order."""
    rows = [line for line in (ROOT / "docs" / "settings.md").read_text().splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    """Reads the settings anew, with these variables and no other of ours."""
    for name in documented():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SECRET_KEY", secrets.token_urlsafe(50))

    def read(module: str = "settings.py", **given: str) -> dict[str, object]:
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "statussite" / module))

    return read


def refusal(start: object, **given: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        start("gunicorn.py" if OF_GUNICORN & given.keys() else "settings.py", **given)  # type: ignore[operator]
    return str(stopped.value)


def test_the_one_table_has_every_variable_once_and_no_other() -> None:
    assert sorted(documented()) == sorted(variables())


def test_every_variable_is_tried_with_a_bad_value_or_takes_any_text() -> None:
    assert BAD.keys() | ANY_TEXT == set(documented())
    assert BAD.keys() & ANY_TEXT == set()


@pytest.mark.parametrize("variable", BAD)
def test_a_bad_value_stops_the_start_with_one_line_that_keeps_it_secret(start: object, variable: str) -> None:
    said = refusal(start, **{variable: BAD[variable]})
    assert re.fullmatch(rf"Cannot start: {variable} (must|is) .+\.", said)
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "public", [{"SITE_URL": "https://status.example.com"}, {"ALLOWED_HOSTS": "localhost,status.example.com"}]
)
def test_debug_is_refused_where_others_can_come(start: object, public: dict[str, str]) -> None:
    assert refusal(start, DEBUG="true", **public).startswith("Cannot start: DEBUG must be off where ")


@pytest.mark.parametrize("key", ["x" * 50, "django-insecure-" + "xyz" * 20, ""])
def test_a_key_that_is_none_is_refused(start: object, key: str) -> None:
    assert refusal(start, SECRET_KEY=key).startswith("Cannot start: SECRET_KEY ")


def test_the_deployment_check_finds_nothing_in_the_documented_settings(tmp_path: Path) -> None:
    told = {**os.environ, **PRODUCTION, "SECRET_KEY": secrets.token_urlsafe(50)}
    told |= {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'status.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "statussite.settings",
    }
    told.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # of the browser tests in this process
    assert "no issues" in manage(told, "check", "--deploy", "--fail-level", "WARNING")


def web_server(**variables: str) -> "subprocess.CompletedProcess[str]":
    """Until it ends by itself."""
    usual = {"DJANGO_SETTINGS_MODULE": "statussite.settings", "SECRET_KEY": secrets.token_urlsafe(50)}
    told = {**os.environ, **usual, "PORT": str(free_port()), **variables}
    command = [sys.executable, "-m", "statussite.web"]
    return subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("WEB_CONCURRENCY", "hunter2"), ("WEB_CONCURRENCY", "0"), ("PORT", "hunter2"), ("SECRET_KEY", "hunter2")],
)
def test_the_web_server_ends_with_that_line_and_no_other(tmp_path: Path, variable: str, value: str) -> None:
    done = web_server(DATABASE_URL=f"sqlite:///{tmp_path / 'status.sqlite3'}", **{variable: value})
    assert done.returncode == 1
    assert re.fullmatch(rf"Cannot start: {variable} must be .+\.\n", done.stderr)
    assert "hunter2" not in done.stderr


def test_the_web_server_ends_where_a_check_finds_that_it_must_not_run(tmp_path: Path) -> None:
    done = web_server(DATABASE_URL=f"sqlite:///{tmp_path / 'status.sqlite3'}?transaction_mode=DEFERRED")
    assert done.returncode != 0
    assert done.stderr.count("Cannot start: SQLite must run with transaction_mode=IMMEDIATE. (incidents.E001)") == 1


def test_sqlite_that_does_not_take_its_lock_at_begin_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IS_SQLITE = True
    monkeypatch.setitem(settings.DATABASES["default"]["OPTIONS"], "transaction_mode", "DEFERRED")
    assert [error.id for error in checks.sqlite_takes_its_lock_at_begin()] == ["incidents.E001"]


def test_sqlite_without_a_write_ahead_log_is_refused(
    db: None, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IS_SQLITE = True
    plain = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "status.sqlite3")}}
    monkeypatch.setattr(checks, "connections", databases := ConnectionHandler(plain))
    assert [error.id for error in checks.sqlite_is_in_wal_mode(["default"])] == ["incidents.E002"]
    databases.close_all()
