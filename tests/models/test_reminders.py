"""Reminders of maintenance: 24 hours and 1 hour before it starts, each once, whatever the worker missed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from incidents.lifecycle import MaintenanceStatus
from incidents.models import Actor, Event, MaintenanceWindow, Revision, Service
from incidents.models.reminders import REMINDED, remind

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def start(now: datetime) -> datetime:
    return now + 3 * DAY


@pytest.fixture
def planned(
    window: Callable[..., MaintenanceWindow], api: Service, now: datetime, start: datetime
) -> MaintenanceWindow:
    """Announced three days before."""
    return window(now=now, scheduled_start_at=start, scheduled_end_at=start + HOUR, services=[api])


class TestTheyComeOnce:
    @pytest.fixture
    def run(self, planned: MaintenanceWindow) -> Callable[..., int]:
        """Two workers do it; how many reminders came of it."""

        def run(at: datetime, hours: tuple[int, ...] = (24, 1)) -> int:
            return remind(at, hours) + remind(at, hours)

        return run

    def test_each_at_its_time(self, run: Callable[..., int], now: datetime, start: datetime) -> None:
        every_half_hour = [now + n * HOUR / 2 for n in range(145)]
        assert [at - start for at in every_half_hour if run(at)] == [-DAY, -HOUR]

    def test_of_those_that_were_missed_only_the_last(self, run: Callable[..., int], start: datetime) -> None:
        assert run(start - HOUR / 2) == 1
        assert run(start - HOUR / 4) == 0

    def test_one_that_is_late_still_comes_while_it_is_of_use(self, run: Callable[..., int], start: datetime) -> None:
        assert run(start - 20 * HOUR) == 1
        assert run(start - HOUR) == 1

    def test_none_once_the_window_has_begun(self, run: Callable[..., int], start: datetime) -> None:
        assert run(start) == 0

    @pytest.mark.parametrize(("hours", "count"), [((), 0), ((2,), 1), ((48, 24, 2), 1)])
    def test_which_there_are_is_a_setting(
        self, run: Callable[..., int], start: datetime, hours: tuple[int, ...], count: int
    ) -> None:
        assert run(start - 2 * HOUR, hours) == count


class TestWhatTheySay:
    def test_an_event_of_their_own_that_is_told(self, planned: MaintenanceWindow, start: datetime) -> None:
        remind(start - HOUR, (1,))
        event = Event.objects.get(type=REMINDED)
        assert (event.subject_id, event.notify, event.public, bool(event.due_at)) == (planned.pk, True, True, True)
        assert [service["id"] for service in event.payload["services"]] == ["api"]
        assert "update" not in event.payload

    def test_the_window_itself_does_not_change(self, planned: MaintenanceWindow, start: datetime) -> None:
        before = MaintenanceWindow.objects.values().get()
        remind(start - HOUR, (1,))
        assert MaintenanceWindow.objects.values().get() == before
        assert Revision.current().number == Event.objects.latest("id").id


class TestWhoHasJustBeenToldIsNotReminded:
    def test_of_what_was_announced_after_the_reminder_was_due(
        self, window: Callable[..., MaintenanceWindow], now: datetime
    ) -> None:
        window(now=now, scheduled_start_at=now + 5 * HOUR, scheduled_end_at=now + 6 * HOUR)
        assert [remind(now + age, (24, 1)) for age in (timedelta(0), 4 * HOUR)] == [0, 1]

    def test_after_an_update(self, planned: MaintenanceWindow, ops: Actor, start: datetime) -> None:
        planned.post_update(by=ops, status=MaintenanceStatus.SCHEDULED, now=start - DAY + HOUR)
        assert remind(start - DAY + 2 * HOUR, (24,)) == 0

    def test_after_an_update_that_was_kept_quiet_they_are(
        self, planned: MaintenanceWindow, ops: Actor, start: datetime
    ) -> None:
        planned.post_update(by=ops, status=MaintenanceStatus.SCHEDULED, notify=False, now=start - DAY + HOUR)
        assert remind(start - DAY + 2 * HOUR, (24,)) == 1

    def test_when_it_has_just_become_public(
        self, window: Callable[..., MaintenanceWindow], ops: Actor, now: datetime, start: datetime
    ) -> None:
        private = window(now=now, is_public=False, scheduled_start_at=start, scheduled_end_at=start + HOUR)
        private.edit(by=ops, is_public=True, now=start - 2 * HOUR)
        assert [remind(start - 2 * HOUR, (24, 1)), remind(start - HOUR, (24, 1))] == [0, 1]

    def test_a_reminder_that_was_withdrawn_does_not_come_back(
        self, planned: MaintenanceWindow, ops: Actor, start: datetime
    ) -> None:
        remind(start - HOUR, (1,))
        Event.withdraw(planned, by=ops, now=start)
        assert remind(start - HOUR / 2, (1,)) == 0


def test_who_plans_anew_reminds_anew(planned: MaintenanceWindow, ops: Actor, start: datetime) -> None:
    remind(start - DAY, (24,))
    planned.edit(by=ops, scheduled_start_at=start + DAY, scheduled_end_at=start + DAY + HOUR, now=start - DAY)
    assert [remind(start - HOUR, (24,)), remind(start, (24,))] == [0, 1]


@pytest.mark.parametrize("change", [{"is_public": False}, {"status": MaintenanceStatus.CANCELLED}])
def test_what_is_private_or_cancelled_is_not_reminded_of(
    planned: MaintenanceWindow, ops: Actor, start: datetime, now: datetime, change: dict[str, Any]
) -> None:
    if "status" in change:
        planned.post_update(by=ops, now=now, **change)
    else:
        planned.edit(by=ops, now=now, **change)
    assert remind(start - HOUR, (24, 1)) == 0
