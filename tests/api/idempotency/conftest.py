from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.api.calling import PROBLEM, Caller
from tests.api.conftest import caller_for

NEW = {"title": "Login fails", "severity": "major", "status": "investigating"}
INCIDENTS = f"{PROBLEM}/incidents"


@pytest.fixture
def retrying(operator: User) -> Caller:
    """Ops, with the same key every time unless told otherwise."""
    caller = caller_for(operator)
    caller.headers["X-Idempotency-Key"] = "K"
    return caller


def is_replay(answer: Any, of: Any) -> bool:
    """The same status and bytes, and marked."""
    alike = (answer.status_code, answer.content) == (of.status_code, of.content)
    return alike and answer.get("Idempotent-Replayed") == "true"


def key_of(answer: Any) -> str:
    """What tells conflicts apart, without its prefix."""
    assert answer.status_code == 409, answer.content
    return str(answer.json()["i18n_key"]).removeprefix("error.status.")
