"""Stored answers are encrypted, and outlive a change of SECRET_KEY as long as the old one is a fallback."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from incidents.models import IdempotencyRecord, Incident
from incidents.models.sealing import Unreadable, seal, unseal
from tests.api.calling import Caller
from tests.api.conftest import caller_for
from tests.api.idempotency.conftest import INCIDENTS, NEW, is_replay, key_of

NEXT = "another key that nobody should know either"
KEY = {"X_Idempotency_Key": "K"}


def test_an_answer_is_not_in_clear_text_in_the_database(retrying: Caller) -> None:
    """I37"""
    answer = retrying.post(INCIDENTS, {**NEW, "title": "Secret-4711"})
    id = answer.json()["data"]["id"]
    [row] = IdempotencyRecord.objects.values()
    stored = b" ".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row.values())
    assert b"Secret-4711" not in stored
    assert id.encode() not in stored
    assert b"local:" not in stored


def test_an_answer_outlives_the_change_of_the_key(operator: User, settings: Any) -> None:
    first = caller_for(operator).post(INCIDENTS, NEW, **KEY)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEXT
    assert is_replay(caller_for(operator).post(INCIDENTS, NEW, **KEY), first)


def test_an_answer_outlives_the_end_of_the_old_key(operator: User, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEXT
    first = caller_for(operator).post(INCIDENTS, NEW, **KEY)
    settings.SECRET_KEY_FALLBACKS = []
    assert is_replay(caller_for(operator).post(INCIDENTS, NEW, **KEY), first)


def test_a_process_that_does_not_know_the_new_key_yet_does_nothing_twice(operator: User, settings: Any) -> None:
    old = settings.SECRET_KEY
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [old], NEXT
    caller_for(operator).post(INCIDENTS, NEW, **KEY)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [], old
    answer = caller_for(operator).post(INCIDENTS, NEW, **KEY)
    assert answer.status_code == 409  # sealed with a key that this one does not know yet
    assert Incident.objects.count() == 1


def test_an_answer_that_nobody_can_read_any_more_is_a_conflict(operator: User, settings: Any) -> None:
    caller_for(operator).post(INCIDENTS, NEW, **KEY)
    settings.SECRET_KEY = NEXT
    assert key_of(caller_for(operator).post(INCIDENTS, NEW, **KEY)) == "idempotency_lost"
    assert Incident.objects.count() == 1


def test_what_was_tampered_with_is_not_read() -> None:
    sealed = seal(b"text")
    assert unseal(sealed) == b"text"
    with pytest.raises(Unreadable):
        unseal(sealed[:-1] + b"A")
