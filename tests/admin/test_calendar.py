"""A month of maintenance at a glance."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import roles
from incidents.lifecycle import MaintenanceStatus
from incidents.models import Actor, MaintenanceWindow, Service
from tests.admin.filling import Desk

CALENDAR = "/admin/incidents/maintenancewindow/calendar/"
ADD = "/admin/incidents/maintenancewindow/add/"

pytestmark = pytest.mark.usefixtures("frozen")  # 21 November 2026, noon


@pytest.fixture
def planned(window: Callable[..., MaintenanceWindow]) -> Callable[..., MaintenanceWindow]:
    """planned("Upgrade", day=24, hour=2, hours=2, services=[…])"""

    def plan(title: str, day: int = 24, hour: int = 2, hours: int = 2, **more: Any) -> MaintenanceWindow:
        start = datetime(2026, 11, day, hour, tzinfo=UTC)
        end = start + timedelta(hours=hours)
        return window(title=title, scheduled_start_at=start, scheduled_end_at=end, **more)

    return plan


def days(desk: Desk, query: str = "") -> dict[str, str]:
    """Date → words, of the days that have something."""
    page = BeautifulSoup(desk.open(CALENDAR + query).html, "html.parser")
    found = {str(at["datetime"]): at.find_next("ul") for at in page.select(".desk-day:has(ul) time")}
    return {at: " ".join(entries.get_text(" ").split()) for at, entries in found.items() if entries}


def test_a_window_is_on_its_day_with_time_and_services(
    desk: Desk, planned: Callable[..., MaintenanceWindow], api: Service
) -> None:
    planned("Upgrade", services=[api])
    assert days(desk) == {"2026-11-24": "Upgrade 02:00 – 04:00 · Scheduled · API"}


def test_it_is_on_each_of_its_days_and_not_on_the_one_at_whose_midnight_it_ends(
    desk: Desk, planned: Callable[..., MaintenanceWindow]
) -> None:
    planned("Move", hour=12, hours=36)
    assert list(days(desk)) == ["2026-11-24", "2026-11-25"]


def test_windows_that_collide_on_a_service_say_so(
    desk: Desk, planned: Callable[..., MaintenanceWindow], api: Service, login: Service
) -> None:
    planned("One", services=[api])
    planned("Two", hour=3, services=[api, login])
    planned("Three", hour=5, services=[login])  # begins when Two ends
    planned("Four", hour=3, services=[])
    told = days(desk)["2026-11-24"]
    assert told.count("Overlaps with") == 2
    assert "Overlaps with Two" in told
    assert "Overlaps with One" in told


def test_what_is_cancelled_is_left_out(desk: Desk, planned: Callable[..., MaintenanceWindow]) -> None:
    planned("Off").post_update(by=Actor("ops", "test"), status=MaintenanceStatus.CANCELLED)
    assert days(desk) == {}


def test_it_goes_on_to_other_months(desk: Desk, planned: Callable[..., MaintenanceWindow]) -> None:
    planned("Upgrade")
    page = desk.open(CALENDAR)
    assert 'href="?month=2026-10"' in page.html
    assert 'href="?month=2026-12"' in page.html
    assert days(desk, "?month=2027-02") == {}
    assert list(days(desk, "?month=2026-11")) == ["2026-11-24"]


@pytest.mark.parametrize("month", ["nonsense", "2026-13", "0001-01", "9999-12", "", "2026-11-21", "x" * 10_000])
def test_where_there_is_no_such_month_the_present_one_is_shown(desk: Desk, month: str) -> None:
    assert "November 2026" in desk.open(f"{CALENDAR}?month={month}").words


def test_each_day_leads_to_a_plan_for_it(desk: Desk) -> None:
    assert f'href="{ADD}?day=2026-11-23"' in desk.open(CALENDAR).html
    fields = desk.open(f"{ADD}?day=2026-11-23").form.fields
    assert fields["scheduled_start_at"] == ["2026-11-23T02:00"]
    assert fields["scheduled_end_at"] == ["2026-11-23T03:00"]


def test_a_plan_for_today_begins_in_the_future(desk: Desk) -> None:
    assert desk.open(f"{ADD}?day=2026-11-21").form.fields["scheduled_start_at"] == ["2026-11-21T13:00"]


@pytest.mark.parametrize("day", ["nonsense", "9999-12-31", "0001-01-01", "%F0%9F%94%A5"])
def test_a_day_that_is_none_is_no_error(desk: Desk, day: str) -> None:
    assert desk.open(f"{ADD}?day={day}").response.status_code == 200


def test_queries_do_not_grow_with_the_windows(
    desk: Desk, planned: Callable[..., MaintenanceWindow], api: Service
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            desk.open(CALENDAR)
        return len(found)

    planned("First", services=[api])
    few = queries()
    for day in range(22, 29):
        planned("More", day=day, services=[api])
    assert queries() == few


@pytest.mark.parametrize("role", ["", roles.DATA_PROTECTION_OFFICER])
def test_it_is_for_ops(client: Any, staff: Callable[..., Any], role: str) -> None:
    client.force_login(staff("clerk", role))
    assert client.get(CALENDAR).status_code == 403


def test_the_list_leads_to_it(desk: Desk) -> None:
    assert f'href="{CALENDAR}"' in desk.open("/admin/incidents/maintenancewindow/").html
