"""Periodic jobs: once per tick, however many workers there are."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError

from incidents import jobs
from incidents.jobs import Job, run_all
from incidents.models import PeriodicJob
from incidents.models.job import LEASE, SOON

HOUR = timedelta(hours=1)


@pytest.fixture
def hourly(db: None, now: datetime) -> Callable[[datetime], bool]:
    """Two workers come at that time; whether one of them, and only one, got the job and ran it."""
    PeriodicJob.register({"sweep": HOUR}, now)

    def come(at: datetime) -> bool:
        claimed = [PeriodicJob.claim("sweep", at) for _ in range(2)]
        assert claimed[1] is None
        if claimed[0]:
            claimed[0].run(lambda _: True, at, lambda: at)
        return claimed[0] is not None

    return come


def test_a_new_job_runs_at_once_and_then_every_hour(hourly: Callable[[datetime], bool], now: datetime) -> None:
    minutes = [n for n in range(150) if hourly(now + timedelta(minutes=n))]

    assert minutes == [0, 60, 120]


def test_ticks_that_were_missed_are_made_up_for_by_one_run(hourly: Callable[[datetime], bool], now: datetime) -> None:
    hourly(now)
    late = now + 6 * HOUR + timedelta(minutes=5)

    assert [hourly(late), hourly(late)] == [True, False]
    assert PeriodicJob.objects.get().next_at == now + 7 * HOUR


def test_a_job_whose_worker_died_runs_again_after_the_lease(db: None, now: datetime) -> None:
    PeriodicJob.register({"sweep": HOUR}, now)
    dead = PeriodicJob.claim("sweep", now)
    assert dead

    assert PeriodicJob.claim("sweep", now + LEASE - timedelta(seconds=1)) is None
    heir = PeriodicJob.claim("sweep", now + LEASE)
    assert heir
    dead.run(lambda _: True, now, lambda: now + LEASE)  # it only slept: its result counts no more
    assert PeriodicJob.objects.get().last_run_at is None


def test_a_failure_is_noted_by_its_kind_and_tried_again_soon(db: None, now: datetime) -> None:
    def fail(_: datetime) -> bool:
        raise RuntimeError("ann@example.com is to blame")

    PeriodicJob.register({"sweep": HOUR}, now)
    claimed = PeriodicJob.claim("sweep", now)
    assert claimed
    with pytest.raises(RuntimeError):
        claimed.run(fail, now, lambda: now)

    row = PeriodicJob.objects.get()
    assert (row.last_error, row.last_run_at, row.next_at) == ("RuntimeError", now, now + SOON)


def test_registering_again_changes_nothing_but_an_interval(hourly: Callable[[datetime], bool], now: datetime) -> None:
    hourly(now)
    PeriodicJob.register({"sweep": 2 * HOUR, "other": HOUR}, now)

    assert dict(PeriodicJob.objects.values_list("name", "interval")) == {"sweep": 2 * HOUR, "other": HOUR}
    assert PeriodicJob.objects.get(name="sweep").next_at == now + HOUR


def test_one_job_that_fails_keeps_no_other_from_running(db: None, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    def fail(_: datetime) -> bool:
        raise RuntimeError

    def work(_: datetime) -> bool:
        seen.append("worked")
        return True

    register = (Job("a", fail, HOUR), Job("b", work, HOUR), Job("d", fail), Job("c", work))
    assert [run_all(register), run_all(register)] == [True, True]  # c is one of each pass
    assert seen == ["worked"] * 3
    assert "The job a failed." in caplog.text
    assert "The job d failed." in caplog.text


@pytest.mark.parametrize("every", [HOUR, None])
def test_a_database_that_is_away_ends_the_pass(db: None, every: timedelta | None) -> None:
    def fail(_: datetime) -> bool:
        raise OperationalError

    with pytest.raises(OperationalError):
        run_all((Job("a", fail, every),))


def test_the_register_has_each_name_once(db: None) -> None:
    assert len({job.name for job in jobs.JOBS}) == len(jobs.JOBS)
    run_all(jobs.JOBS)
    periodic = {job.name for job in jobs.JOBS if job.every}
    assert set(PeriodicJob.objects.exclude(last_run_at=None).values_list("name", flat=True)) == periodic
