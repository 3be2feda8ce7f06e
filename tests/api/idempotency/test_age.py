"""A key is good for 24 hours by the clock of the database; then it is purged."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.utils import timezone

from incidents.jobs import purge_idempotency_keys
from incidents.models import IdempotencyRecord, Incident
from tests.api.calling import Caller
from tests.api.conftest import caller_for
from tests.api.idempotency.conftest import INCIDENTS, NEW, is_replay


def age(**by: float) -> None:
    """Makes all keys that old."""
    IdempotencyRecord.objects.update(created_at=Now() - timedelta(**by))


def test_a_key_of_almost_a_day_is_replayed(retrying: Caller) -> None:
    """I33"""
    first = retrying.post(INCIDENTS, NEW)
    age(hours=23, minutes=59)
    assert is_replay(retrying.post(INCIDENTS, NEW), first)


def test_a_key_of_more_than_a_day_is_as_good_as_none(retrying: Caller) -> None:
    """I33"""
    retrying.post(INCIDENTS, NEW)
    age(hours=24, minutes=1)
    second = retrying.post(INCIDENTS, {**NEW, "title": "Another"})
    assert (second.status_code, second.has_header("Idempotent-Replayed")) == (201, False)
    assert (Incident.objects.count(), IdempotencyRecord.objects.count()) == (2, 1)
    assert is_replay(retrying.post(INCIDENTS, {**NEW, "title": "Another"}), second)


@pytest.mark.parametrize("days", [-2, 2])
def test_the_clock_of_the_web_process_says_nothing(retrying: Caller, operator: User, days: int) -> None:
    first = retrying.post(INCIDENTS, NEW)
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        assert is_replay(caller_for(operator).post(INCIDENTS, NEW, X_Idempotency_Key="K"), first)
        assert not IdempotencyRecord.objects.expired().exists()


def test_a_purge_takes_what_is_too_old_a_chunk_at_a_time(retrying: Caller) -> None:
    for n in range(5):
        retrying.post(INCIDENTS, NEW, X_Idempotency_Key=f"old-{n}")
    age(hours=24, minutes=1)
    first = retrying.post(INCIDENTS, NEW)
    assert [IdempotencyRecord.purge(chunk=2) for _ in range(4)] == [2, 2, 1, 0]
    assert IdempotencyRecord.objects.count() == 1
    assert is_replay(retrying.post(INCIDENTS, NEW), first)


def test_the_job_takes_all_that_is_too_old(retrying: Caller) -> None:
    now = timezone.now()
    retrying.post(INCIDENTS, NEW, X_Idempotency_Key="oldest")
    assert purge_idempotency_keys(now) is False
    age(hours=24, minutes=1)
    retrying.post(INCIDENTS, NEW)
    assert purge_idempotency_keys(now) is True
    assert [record.key for record in IdempotencyRecord.objects.all()] == ["K"]
