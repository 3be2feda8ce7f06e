import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from incidents import roles
from incidents.models import tokens
from statussite.logs import JsonFormatter
from tests import server
from tests.api.calling import Caller


def line(message: str, *args: object) -> str:
    record = logging.LogRecord("a", logging.INFO, "", 0, message, args, None)
    return str(json.loads(JsonFormatter().format(record))["message"])


@pytest.mark.parametrize("purpose", tokens.Purpose)
def test_a_token_of_a_subscriber_is_masked(purpose: tokens.Purpose) -> None:
    token = tokens.issue(purpose, tokens.Named("abcdefghijkl", 1))

    assert line("Bad Request: %s", f"/subscriptions/{token}/") == "Bad Request: /subscriptions/abcdefghijkl.(token)/"


def test_a_token_of_what_sends_alerts_is_masked() -> None:
    assert line("Too Many Requests: %s", "/hooks/kuma/s3cr3t/") == "Too Many Requests: /hooks/kuma/(token)/"
    assert line("Unauthorized: %s", "/hooks/kuma/") == "Unauthorized: /hooks/kuma/"


@pytest.mark.parametrize("spelt", ["ann@example.com", "<Ann.B+c@mail.example.co.uk>", "email=ann%40example.com&x=1"])
def test_an_e_mail_address_is_masked(spelt: str) -> None:
    said = line("Refused: %s", spelt)

    assert "(address)" in said
    assert "example" not in said


def as_user(user: User) -> Caller:
    return Caller({"Authorization": f"Bearer {AccessToken.for_user(user)}"})


@pytest.fixture
def written() -> Iterator[list[str]]:
    """The lines, as they come."""
    found: list[str] = []
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    handler.emit = lambda record: found.append(handler.format(record))  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)


def test_every_line_of_a_request_names_it(db: None, written: list[str]) -> None:
    Caller().get("/api/v1/nope", X_Request_ID="mine.1")
    logging.getLogger("afterwards").warning("no request any more")
    assert [json.loads(line).get("request_id") for line in written] == ["mine.1", "mine.1", None]


def test_a_request_is_one_object_on_one_line_that_says_who_asked_what_and_how_it_went(
    user: Callable[..., User], written: list[str]
) -> None:
    ann = user("ann", roles.PLATFORM_OPS)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    as_user(ann).get("/api/v1/status/incidents", traceparent=trace)
    (line,) = (line for line in written if "statussite.requests" in line)
    said = json.loads(line)
    assert "\n" not in line
    assert said["trace_id"].split("-")[1] == trace.split("-")[1]
    assert said.keys() >= {"time", "level", "request_id", "duration_ms"}
    assert (said["route"], said["method"], said["status"], said["user"]) == (
        "^api/v1/status/incidents/?$", "GET", 200, ann.pk,
    )  # fmt: skip


def test_a_signed_in_session_is_named_by_its_user(
    client: Client, admin_user: User, db: None, written: list[str]
) -> None:
    client.force_login(admin_user)
    client.get("/admin/")
    assert [json.loads(line)["user"] for line in written] == [admin_user.pk]


def test_nothing_of_tokens_bodies_and_queries_is_logged(user: Callable[..., User], written: list[str]) -> None:
    caller = as_user(user("ann", roles.PLATFORM_OPS))
    caller.post("/api/v1/status/incidents", {"title": "Words of a body", "severity": "no such"})
    caller.get("/api/v1/status/incidents?page_size=words-of-a-query")
    caller.post("/api/v1/auth/token", {"username": "ann@example.com", "password": "Words of a password"})
    told = "\n".join(written)
    assert len(written) >= 3
    assert not re.search(r"(?i)bearer|eyJ|words|ann", told), told


def test_the_servers_own_words_are_objects_too(tmp_path: Path) -> None:
    with server.running(tmp_path, options=("--log-level", "info")):
        pass
    lines = [json.loads(line) for line in (tmp_path / "gunicorn.log").read_text().splitlines()]
    assert any(line["message"].startswith("Listening at") for line in lines)
