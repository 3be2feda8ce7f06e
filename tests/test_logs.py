import json
import logging

import pytest

from incidents.models import tokens
from statussite.logs import JsonFormatter
from tests.api.calling import Caller


def line(message: str, *args: object) -> str:
    record = logging.LogRecord("a", logging.INFO, "", 0, message, args, None)
    return str(json.loads(JsonFormatter().format(record))["message"])


@pytest.mark.parametrize("purpose", tokens.Purpose)
def test_a_token_of_a_subscriber_is_masked(purpose: tokens.Purpose) -> None:
    token = tokens.issue(purpose, tokens.Named("abcdefghijkl", 1))

    assert line("Bad Request: %s", f"/subscriptions/{token}/") == "Bad Request: /subscriptions/abcdefghijkl.(token)/"


@pytest.mark.parametrize("spelt", ["ann@example.com", "<Ann.B+c@mail.example.co.uk>", "email=ann%40example.com&x=1"])
def test_an_e_mail_address_is_masked(spelt: str) -> None:
    said = line("Refused: %s", spelt)

    assert "(address)" in said
    assert "example" not in said


def test_every_line_of_a_request_names_it(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = []
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    monkeypatch.setattr(handler, "emit", lambda record: lines.append(json.loads(handler.format(record))))
    logging.getLogger().addHandler(handler)
    try:
        Caller().get("/api/v1/nope", X_Request_ID="mine.1")
        logging.getLogger("afterwards").warning("no request any more")
    finally:
        logging.getLogger().removeHandler(handler)
    assert [line.get("request_id") for line in lines] == ["mine.1", "mine.1", None]
