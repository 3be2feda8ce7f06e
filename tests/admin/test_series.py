"""Recurring maintenance, longer maintenance, and two at once, as ops see them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents.models import MaintenanceSeries, MaintenanceWindow, Service
from tests.admin.filling import Desk

ADD = "/admin/incidents/maintenanceseries/add/"
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("frozen")


def test_a_series_is_added_with_its_first_windows(desk: Desk, api: Service) -> None:
    given = {"name": "Weekly", "slug": "weekly", "title": "Updates", "rule": "FREQ=WEEKLY"}
    page = desk.send(ADD, **given, first_start_at="2026-11-22T02:00", minutes="45", services="api")
    assert MaintenanceWindow.objects.filter(services=api, series__slug="weekly").count() == 2
    assert "22 Nov 2026, 02:00 UTC" in page.words


def test_a_rule_that_cannot_be_read_is_an_error_of_its_field(desk: Desk) -> None:
    given = {"name": "Weekly", "slug": "weekly", "title": "Updates", "rule": "each Sunday"}
    page = desk.send(ADD, **given, first_start_at="2026-11-22T02:00", minutes="45")
    assert page.errors == {"rule"}
    assert not MaintenanceSeries.objects.exists()


@pytest.fixture
def planned(window: Callable[..., MaintenanceWindow], api: Service, now: datetime) -> MaintenanceWindow:
    return window(scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR, services=[api])


def test_a_window_is_extended(desk: Desk, planned: MaintenanceWindow, address: Callable[..., str]) -> None:
    end = planned.scheduled_end_at
    page = desk.send(address(planned, "extend/"), minutes="60", message="One more hour.")
    planned.refresh_from_db()
    assert planned.scheduled_end_at == end + HOUR
    assert planned.updates.latest("version").message == "One more hour."
    assert "Extended until 21 Nov 2026, 15:00 UTC" in page.words


def test_an_overlap_is_said_and_not_refused(
    desk: Desk, plan: str, planned: MaintenanceWindow, address: Callable[..., str]
) -> None:
    times = {"scheduled_start_at": "2026-11-21T13:30", "scheduled_end_at": "2026-11-21T15:00"}
    page = desk.send(plan, title="Second", services="api", **times)
    assert "It overlaps on a service with: Upgrade" in page.words
    assert address(planned) in page.html
    assert MaintenanceWindow.objects.count() == 2
