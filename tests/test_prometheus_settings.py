"""What the start refuses, and how it says so."""

import os
import secrets
import subprocess
import sys

import pytest

from statussite import environment as env
from tests.server import ROOT

ISSUER = {
    "JWT_JWKS_URL": "https://login.example.com/keys.json",
    "JWT_ISSUER": "https://login.example.com/",
    "JWT_AUDIENCE": "status",
}


def start(**variables: str) -> str:
    """What the settings say on standard error; empty if they are good."""
    environment = {**os.environ, "SECRET_KEY": secrets.token_urlsafe(50), **variables}
    command = [sys.executable, "-c", "import statussite.settings"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True).stderr


@pytest.mark.parametrize("url", ["https://login.example.com/keys.json", "http://127.0.0.1:8080/k", "http://[::1]/k"])
def test_an_outside_issuer_is_set_with_three_variables(url: str) -> None:
    assert start(**{**ISSUER, "JWT_JWKS_URL": url}) == ""


@pytest.mark.parametrize("missing", ISSUER)
def test_of_an_outside_issuer_all_must_be_set_or_nothing(missing: str) -> None:
    together = "JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE go together."
    assert start(**{**ISSUER, missing: ""}) == f"Cannot start: {missing} is missing: {together}\n"


def test_an_issuer_fits_into_the_name_of_its_people() -> None:
    refused = "Cannot start: JWT_ISSUER must have at most 200 characters.\n"
    assert start(**{**ISSUER, "JWT_ISSUER": "x" * 200}) == ""
    assert start(**{**ISSUER, "JWT_ISSUER": "x" * 201}) == refused


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.com/keys",
        "ftp://login.example.com/",
        "login.example.com",
        "https://",
        "https://a:x/",
        "http://[/",
    ],
)
def test_keys_are_not_read_from_an_unsafe_address(url: str) -> None:
    rule = "must be https://host[:port]/path; http:// only for this machine."
    assert start(**{**ISSUER, "JWT_JWKS_URL": url}) == f"Cannot start: JWT_JWKS_URL {rule}\n"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("", ""),
        ("http://127.0.0.1:9090", "http://127.0.0.1:9090"),
        ("https://metrics.example.com/prometheus/", "https://metrics.example.com/prometheus"),
    ],
)
def test_the_address_of_another_server(given: str, read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERE", given)
    assert env.base_url("THERE") == read


@pytest.mark.parametrize(
    "given",
    ["metrics", "ftp://secret", "http://", "http://[secret", "http://secret:99999", "http://secret?a=b", "//secret"],
)
def test_what_is_no_address_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERE", given)
    with pytest.raises(SystemExit, match=r"^Cannot start: THERE must be http") as refused:
        env.base_url("THERE")
    assert "secret" not in str(refused.value)


def test_a_query_must_say_where_the_service_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.template("QUERY", "up{a='{service}'}", "{service}") == "up{a='{service}'}"
    monkeypatch.setenv("QUERY", "up")
    with pytest.raises(SystemExit, match=r"QUERY must contain \{service\}"):
        env.template("QUERY", "{service}", "{service}")
