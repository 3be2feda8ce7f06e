"""Maintenance that recurs, and plans that change."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from incidents.errors import Conflict, Invalid
from incidents.jobs import plan_maintenance
from incidents.lifecycle import MaintenanceStatus
from incidents.models import Actor, AuditEntry, Event, MaintenanceSeries, MaintenanceWindow, Service

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
type Planner = Callable[..., MaintenanceSeries]

pytestmark = pytest.mark.django_db


@pytest.fixture
def series(ops: Actor, now: datetime) -> Planner:
    """Each Sunday at 02:00 UTC for an hour, unless told otherwise."""

    def add(**fields: Any) -> MaintenanceSeries:
        first = datetime(2026, 11, 22, 2, tzinfo=UTC)
        given = {"slug": "weekly", "name": "Weekly", "title": "Updates", "rule": "FREQ=WEEKLY", "minutes": 60}
        return MaintenanceSeries.add(by=ops, now=now, **{**given, "first_start_at": first, **fields})

    return add


def starts() -> list[str]:
    return [f"{w.scheduled_start_at:%m-%d %H:%M}" for w in MaintenanceWindow.objects.order_by("scheduled_start_at")]


def test_windows_are_planned_two_weeks_ahead(series: Planner, api: Service) -> None:
    series(services=[api.pk])
    assert starts() == ["11-22 02:00", "11-29 02:00"]
    window = MaintenanceWindow.objects.earliest("scheduled_start_at")
    assert (window.title, window.scheduled_end_at - window.scheduled_start_at) == ("Updates", HOUR)
    assert list(window.services.all()) == [api]


def test_the_worker_plans_what_comes_near_once(series: Planner, now: datetime) -> None:
    series()
    assert not plan_maintenance(now)
    assert plan_maintenance(now + 7 * DAY)
    assert not plan_maintenance(now + 7 * DAY)
    assert starts() == ["11-22 02:00", "11-29 02:00", "12-06 02:00"]


def test_a_window_that_was_deleted_does_not_come_back(series: Planner, ops: Actor, now: datetime) -> None:
    series()
    MaintenanceWindow.objects.earliest("scheduled_start_at").remove(by=ops)
    plan_maintenance(now + HOUR)
    assert starts() == ["11-29 02:00"]


def test_after_an_outage_of_the_worker_nothing_is_planned_for_the_past(series: Planner, now: datetime) -> None:
    series()
    plan_maintenance(now + 30 * DAY)
    assert starts() == ["11-22 02:00", "11-29 02:00", "12-27 02:00", "01-03 02:00"]


def test_over_a_change_of_summer_time_the_clock_on_the_wall_counts(series: Planner, settings: Settings) -> None:
    settings.PAGE_TIME_ZONE = "Europe/Berlin"
    series(first_start_at=datetime(2027, 3, 21, 2, tzinfo=UTC), days_ahead=90)
    plan_maintenance(datetime(2027, 3, 20, tzinfo=UTC))
    assert starts()[:3] == ["03-21 02:00", "03-28 01:00", "04-04 01:00"]


def test_subscribers_hear_of_a_new_window_only_where_that_is_wanted(series: Planner) -> None:
    series()
    assert not Event.objects.filter(notify=True).exists()
    series(slug="told", announce=True)
    assert Event.objects.filter(notify=True).count() == 2


def test_what_the_worker_plans_is_audited(series: Planner, now: datetime) -> None:
    series()
    plan_maintenance(now + 7 * DAY)
    entry = AuditEntry.objects.filter(action="scheduled").latest("id")
    assert (entry.actor, entry.via) == ("worker", "scheduler")


def test_the_windows_of_a_series_that_is_deleted_stay(series: Planner, ops: Actor) -> None:
    series().remove(by=ops)
    assert len(starts()) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rule", "FREQ=SECONDLY"),
        ("minutes", 0),
        ("minutes", 90 * 24 * 60 + 1),
        ("days_ahead", 0),
        ("days_ahead", 91),
        ("first_start_at", datetime(1999, 1, 1, tzinfo=UTC)),
        ("title", ""),
    ],
)
def test_what_cannot_be_planned_is_refused(series: Planner, field: str, value: object) -> None:
    with pytest.raises(Invalid) as caught:
        series(**{field: value})
    assert [error.field for error in caught.value.errors] == [field]
    assert not MaintenanceSeries.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_workers_that_plan_at_once_plan_each_window_once(series: Planner, now: datetime) -> None:
    series()

    def plan(_: int) -> None:
        try:
            plan_maintenance(now + 7 * DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(plan, range(4)))
    assert starts() == ["11-22 02:00", "11-29 02:00", "12-06 02:00"]


class TestPlansThatChange:
    @pytest.fixture
    def planned(self, window: Callable[..., MaintenanceWindow], api: Service, now: datetime) -> MaintenanceWindow:
        return window(scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR, services=[api], now=now)

    def test_a_window_is_extended_with_a_word(self, planned: MaintenanceWindow, ops: Actor, now: datetime) -> None:
        planned.post_update(by=ops, status=MaintenanceStatus.IN_PROGRESS, now=now)
        planned.extend(timedelta(minutes=30), by=ops, now=now)
        assert planned.scheduled_end_at == now + timedelta(minutes=150)
        word = planned.updates.latest("version")
        assert word.message == "The maintenance will take longer than planned: its planned end has been moved."
        assert (word.status, word.notify) == ("in_progress", True)

    def test_what_has_ended_is_not_extended(self, planned: MaintenanceWindow, ops: Actor, now: datetime) -> None:
        planned.post_update(by=ops, status=MaintenanceStatus.CANCELLED, now=now)
        with pytest.raises((Invalid, Conflict)):
            planned.extend(HOUR, by=ops, now=now)
        planned.refresh_from_db()
        assert planned.scheduled_end_at == now + 2 * HOUR

    def test_windows_that_hit_a_service_at_the_same_time_overlap(
        self, planned: MaintenanceWindow, window: Callable[..., MaintenanceWindow], api: Service, now: datetime
    ) -> None:
        times = {"scheduled_start_at": now + 1.5 * HOUR, "scheduled_end_at": now + 3 * HOUR, "now": now}
        other = window(services=[api], **times)
        window(services=[], **times)
        window(services=[api], scheduled_start_at=now + 2 * HOUR, scheduled_end_at=now + 3 * HOUR, now=now)
        assert list(planned.overlapping()) == [other]

    def test_what_was_cancelled_overlaps_with_nothing(
        self, planned: MaintenanceWindow, window: Callable[..., MaintenanceWindow], ops: Actor, api: Service
    ) -> None:
        start, end = planned.scheduled_start_at, planned.scheduled_end_at
        other = window(services=[api], scheduled_start_at=start, scheduled_end_at=end, now=planned.created_at)
        other.post_update(by=ops, status=MaintenanceStatus.CANCELLED)
        assert not planned.overlapping().exists()
