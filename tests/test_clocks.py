"""F23: the clock of a process is wrong, that of the database is right. Only Python's own is moved here."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User

from incidents.jobs import JOBS, run_all
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, Delivery, Event, Incident, MaintenanceWindow, Subscription
from incidents.models.claiming import claim
from incidents.models.clock import database_now
from incidents.models.idempotency import IdempotencyRecord, Outcome
from incidents.models.pacing import Lane
from tests.api.calling import ADMIN, PROBLEM, Caller
from tests.api.conftest import caller_for

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ahead_or_behind = pytest.mark.parametrize("off", [HOUR, -HOUR], ids=["ahead", "behind"])


@pytest.fixture
def right(db: None) -> datetime:
    return database_now()


@ahead_or_behind
def test_a_lease_lasts_as_long_as_the_database_says(
    delivery: Callable[..., Delivery], subscription: Callable[..., Subscription], right: datetime, off: timedelta
) -> None:
    delivery(subscription(), at=right)
    with time_machine.travel(right + off):
        assert len(list(claim(Lane.MAIL, database_now(), failing=False).deliveries)) == 1
    with time_machine.travel(right - off):
        run_all(JOBS)
        assert list(claim(Lane.MAIL, database_now(), failing=False).deliveries) == []


@ahead_or_behind
def test_maintenance_begins_when_the_database_says_and_is_told_once(
    window: Callable[..., MaintenanceWindow], right: datetime, off: timedelta
) -> None:
    due, later = (
        window(scheduled_start_at=start, scheduled_end_at=start + 4 * HOUR, now=right - DAY)
        for start in (right - MINUTE, right + 30 * MINUTE)
    )
    with time_machine.travel(right + off):
        for _ in range(3):
            run_all(JOBS)
    for one in (due, later):
        one.refresh_from_db()
    assert (due.status, later.status) == (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.SCHEDULED)
    assert Event.objects.filter(subject_id=due.pk, notify=True).count() == 2  # that it is planned, that it has begun


@ahead_or_behind
def test_a_timeline_never_runs_backwards(
    incident: Callable[..., Incident], ops: Actor, right: datetime, off: timedelta
) -> None:
    one = incident()
    for clock in (right + off, right, right - off):
        with time_machine.travel(clock):
            one.post_update(by=ops, status=IncidentStatus.IDENTIFIED, message="We know more.")
    told = list(one.updates.order_by("version").values_list("created_at", flat=True))
    assert told == sorted(told)


@pytest.mark.parametrize("off", [25 * HOUR, -25 * HOUR], ids=["ahead", "behind"])
def test_a_key_is_kept_for_a_day_of_the_database(right: datetime, off: timedelta) -> None:
    def write() -> Outcome:
        return Outcome(201, {}, b"written")

    with time_machine.travel(right + off):
        assert not IdempotencyRecord.once("ann", "key", b"request", write).replayed
        run_all(JOBS)
    assert IdempotencyRecord.once("ann", "key", b"request", write).replayed


@pytest.mark.parametrize(("ahead", "status"), [(20, 200), (3600, 401)])
def test_a_token_of_another_process_may_be_half_a_minute_early(
    user: Callable[..., User], right: datetime, ahead: int, status: int
) -> None:
    with time_machine.travel(right + timedelta(seconds=ahead)):
        caller = caller_for(user("operator", "PLATFORM_OPS"))
    assert caller.get(f"{ADMIN}/incidents").status_code == status


@ahead_or_behind
def test_nobody_is_asked_to_come_back_in_the_past(db: None, right: datetime, off: timedelta) -> None:
    with time_machine.travel(right, tick=False) as clock:
        assert {Caller().get(f"{PROBLEM}/nope").status_code for _ in range(101)} == {404, 429}
        clock.shift(off)
        answer = Caller().get(f"{PROBLEM}/nope")
        assert 1 <= int(answer.headers.get("Retry-After", 1)) <= 60
