from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from incidents.errors import Busy, Invalid, InvalidTransition
from incidents.lifecycle import MaintenanceStatus
from incidents.models import Actor, Event, Impact, MaintenanceWindow, Service
from incidents.severity import ServiceStatus

SCHEDULED, IN_PROGRESS, COMPLETED, CANCELLED = MaintenanceStatus
HOUR = timedelta(hours=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def tomorrow(window: Callable[..., MaintenanceWindow], now: datetime, api: Service) -> MaintenanceWindow:
    """Two hours on the API, a day from now."""
    start = now + timedelta(days=1)
    return window(scheduled_start_at=start, scheduled_end_at=start + 2 * HOUR, services=[api])


def levels() -> dict[str, ServiceStatus]:
    return Impact.objects.public().open().levels()


def test_scheduling_announces_the_window_and_hits_nothing_yet(tomorrow: MaintenanceWindow) -> None:
    assert tomorrow.updates.get().message == "We will be undergoing scheduled maintenance during this time."
    assert levels() == {}


def test_a_window_that_is_over_cannot_be_announced(window: Callable[..., MaintenanceWindow], now: datetime) -> None:
    with pytest.raises(Invalid) as caught:
        window(scheduled_start_at=now - 2 * HOUR, scheduled_end_at=now - HOUR)
    assert [error.code for error in caught.value.errors] == ["in_past"]


def test_services_are_under_maintenance_while_it_is_in_progress(
    tomorrow: MaintenanceWindow, ops: Actor, api: Service, now: datetime
) -> None:
    tomorrow.post_update(by=ops, status=IN_PROGRESS)
    assert (tomorrow.started_at, levels()) == (now, {api.pk: ServiceStatus.UNDER_MAINTENANCE})
    tomorrow.post_update(by=ops, status=COMPLETED, now=now + HOUR)
    assert (tomorrow.ended_at, levels()) == (now + HOUR, {})


@pytest.mark.parametrize("running", [True, False])
def test_cancelling_ends_it(tomorrow: MaintenanceWindow, ops: Actor, running: bool) -> None:
    if running:
        tomorrow.post_update(by=ops, status=IN_PROGRESS)
    tomorrow.post_update(by=ops, status=CANCELLED)
    assert tomorrow.ended_at is not None
    assert levels() == {}
    with pytest.raises(InvalidTransition):
        tomorrow.post_update(by=ops, status=IN_PROGRESS)


def test_a_note_in_progress_keeps_the_levels(tomorrow: MaintenanceWindow, ops: Actor, api: Service) -> None:
    tomorrow.post_update(by=ops, status=IN_PROGRESS, levels={api: ServiceStatus.PARTIAL_OUTAGE})
    tomorrow.post_update(by=ops, status=IN_PROGRESS, message="Half way.")
    assert levels() == {api.pk: ServiceStatus.PARTIAL_OUTAGE}


def test_it_starts_and_completes_by_itself_at_the_planned_times(
    tomorrow: MaintenanceWindow, ops: Actor, api: Service
) -> None:
    start, end = tomorrow.scheduled_start_at, tomorrow.scheduled_end_at
    assert MaintenanceWindow.advance_due(ops, start - timedelta(seconds=1)) == 0
    assert MaintenanceWindow.advance_due(ops, start + timedelta(seconds=30)) == 1
    assert levels() == {api.pk: ServiceStatus.UNDER_MAINTENANCE}
    assert MaintenanceWindow.advance_due(ops, start + HOUR) == 0
    assert MaintenanceWindow.advance_due(ops, end) == 1
    tomorrow.refresh_from_db()
    assert (tomorrow.status, tomorrow.started_at, tomorrow.ended_at) == (COMPLETED, start, end)


def test_after_hours_of_a_worker_down_the_record_is_right_and_nobody_is_told_old_news(
    tomorrow: MaintenanceWindow, ops: Actor, api: Service
) -> None:
    start, end = tomorrow.scheduled_start_at, tomorrow.scheduled_end_at
    late = end + 4 * HOUR
    assert MaintenanceWindow.advance_due(ops, late) == 1
    assert MaintenanceWindow.advance_due(ops, late) == 1
    impact = tomorrow.impacts.get()
    assert (impact.started_at, impact.ended_at) == (start, end)
    told: Any = Event.objects.filter(subject_id=tomorrow.pk, notify=True)
    assert [event.type for event in told] == ["maintenancewindow.scheduled"]


def test_a_window_that_cannot_move_does_not_keep_others_from_moving(
    tomorrow: MaintenanceWindow,
    window: Callable[..., MaintenanceWindow],
    ops: Actor,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck, advance = window(scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR), MaintenanceWindow.advance

    def held_by_somebody(one: MaintenanceWindow, by: Actor, at: datetime) -> bool:
        if one == stuck:
            raise Busy
        return advance(one, by, at)

    monkeypatch.setattr(MaintenanceWindow, "advance", held_by_somebody)
    assert MaintenanceWindow.advance_due(ops, tomorrow.scheduled_start_at) == 1
    tomorrow.refresh_from_db()
    assert tomorrow.status == IN_PROGRESS


def test_a_clock_that_jumped_back_does_not_stop_a_window(
    window: Callable[..., MaintenanceWindow], ops: Actor, now: datetime
) -> None:
    planned = window(scheduled_start_at=now, scheduled_end_at=now + 4 * HOUR, now=now + HOUR)
    assert planned.advance(ops, now)
    assert planned.status == IN_PROGRESS


def test_what_is_not_automatic_waits_for_ops(tomorrow: MaintenanceWindow, ops: Actor) -> None:
    tomorrow.edit(by=ops, automatic=False)
    assert MaintenanceWindow.advance_due(ops, tomorrow.scheduled_end_at) == 0


def test_a_window_advances_once_whoever_asks(tomorrow: MaintenanceWindow, ops: Actor) -> None:
    start = tomorrow.scheduled_start_at
    twin = MaintenanceWindow.objects.get(pk=tomorrow.pk)
    assert tomorrow.advance(ops, start)
    assert not twin.advance(ops, start)
    assert tomorrow.updates.count() == 2


def test_the_plan_may_change_until_it_happens(tomorrow: MaintenanceWindow, ops: Actor) -> None:
    later = tomorrow.scheduled_end_at + HOUR
    assert tomorrow.edit(by=ops, scheduled_end_at=later)
    tomorrow.post_update(by=ops, status=IN_PROGRESS)
    assert tomorrow.edit(by=ops, scheduled_end_at=later + HOUR)
    with pytest.raises(Invalid) as caught:
        tomorrow.edit(by=ops, scheduled_start_at=tomorrow.scheduled_start_at - HOUR)
    assert [(e.field, e.code) for e in caught.value.errors] == [("scheduled_start_at", "already_happened")]


def test_services_added_while_it_runs_are_under_maintenance_at_once(
    tomorrow: MaintenanceWindow, ops: Actor, api: Service, login: Service
) -> None:
    tomorrow.post_update(by=ops, status=IN_PROGRESS)
    tomorrow.edit(by=ops, services=[login])
    assert levels() == {login.pk: ServiceStatus.UNDER_MAINTENANCE}


def test_the_services_of_an_ended_window_stand(tomorrow: MaintenanceWindow, ops: Actor, login: Service) -> None:
    tomorrow.post_update(by=ops, status=CANCELLED)
    with pytest.raises(Invalid):
        tomorrow.edit(by=ops, services=[login])


def test_a_private_window_hits_nothing_in_public(tomorrow: MaintenanceWindow, ops: Actor) -> None:
    tomorrow.edit(by=ops, is_public=False)
    tomorrow.post_update(by=ops, status=IN_PROGRESS)
    assert levels() == {}
