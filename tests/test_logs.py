import json
import logging

import pytest

from statussite.logs import JsonFormatter
from tests.api.calling import Caller


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
