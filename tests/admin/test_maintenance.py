"""Schedule, start, complete and cancel maintenance: the same pages as an incident's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.lifecycle import MaintenanceStatus
from incidents.models import Actor, MaintenanceWindow, Service
from incidents.severity import ServiceStatus
from tests.admin.filling import Desk

Address = Callable[..., str]
TONIGHT = {"scheduled_start_at": "2026-11-21T22:00", "scheduled_end_at": "2026-11-21T23:00"}

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def planned(window: Callable[..., MaintenanceWindow], now: datetime, api: Service) -> MaintenanceWindow:
    soon = now + timedelta(hours=10)
    return window(scheduled_start_at=soon, scheduled_end_at=soon + timedelta(hours=1), services=[api])


def test_a_window_is_scheduled(desk: Desk, plan: str, api: Service, login: Service) -> None:
    desk.send(plan, title="Upgrade", services=["api"], **TONIGHT)
    window = MaintenanceWindow.objects.get()
    assert window.scheduled_start_at == datetime(2026, 11, 21, 22, tzinfo=UTC)
    assert list(window.services.all()) == [api]
    assert window.updates.get().message == "We will be undergoing scheduled maintenance during this time."


@pytest.mark.parametrize("end", ["2026-11-21T21:00", "2026-11-21T22:00", "2027-11-21T22:00"])
def test_an_end_that_does_not_fit_is_an_error_of_its_field(desk: Desk, plan: str, end: str) -> None:
    page = desk.send(plan, **{"title": "Upgrade", **TONIGHT, "scheduled_end_at": end})
    assert "scheduled_end_at" in page.errors
    assert "scheduled_start_at" not in page.words
    assert page.form.fields["title"] == ["Upgrade"]


def test_a_forged_service_is_an_error(desk: Desk, plan: str, api: Service) -> None:
    page = desk.send(plan, title="Upgrade", services=["nul\x00"], **TONIGHT)
    assert "services" in page.errors


def test_it_walks_from_scheduled_to_completed(desk: Desk, planned: MaintenanceWindow, address: Address) -> None:
    page = desk.open(address(planned))
    assert page.form.choices["status"] == ["scheduled", "in_progress", "cancelled"]
    assert not any(name.startswith("level_") for name in page.form.fields)
    running = desk.send(address(planned), page, status="in_progress")
    assert running.form.choices["status"] == ["in_progress", "completed", "cancelled"]
    assert running.form.fields["level_api"] == ["under_maintenance"]
    desk.send(address(planned), running, status="completed")
    planned.refresh_from_db()
    assert planned.status == "completed"
    assert not planned.impacts.open().exists()


def test_a_level_may_worsen_while_it_runs(
    desk: Desk, planned: MaintenanceWindow, address: Address, api: Service
) -> None:
    desk.send(address(planned), status="in_progress")
    desk.send(address(planned), level_api="major_outage")
    assert planned.impacts.open().levels() == {api.pk: ServiceStatus.MAJOR_OUTAGE}


def test_it_is_cancelled_with_a_word(desk: Desk, planned: MaintenanceWindow, address: Address) -> None:
    desk.send(address(planned), status="cancelled", message="Not tonight.")
    assert MaintenanceWindow.objects.get().status == "cancelled"
    assert planned.updates.latest("version").message == "Not tonight."


def test_a_note_keeps_the_status(desk: Desk, planned: MaintenanceWindow, address: Address) -> None:
    desk.send(address(planned), message="All prepared.")
    assert MaintenanceWindow.objects.get().status == "scheduled"


def test_a_forged_move_is_refused_with_the_text_kept(desk: Desk, planned: MaintenanceWindow, address: Address) -> None:
    page = desk.send(address(planned), status="completed", message="Typed")
    assert "Not done yet." in page.words
    assert page.form.fields["message"] == ["Typed"]
    assert MaintenanceWindow.objects.get().version == 1


def test_the_plan_is_changed(desk: Desk, planned: MaintenanceWindow, address: Address, login: Service) -> None:
    desk.send(address(planned, "details/"), scheduled_end_at="2026-11-22T00:30", services=["login"], automatic=None)
    planned.refresh_from_db()
    assert planned.scheduled_end_at == datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
    assert list(planned.services.all()) == [login]
    assert planned.automatic is False


def test_seconds_of_the_plan_survive_an_edit_of_the_title(
    desk: Desk, window: Callable[..., MaintenanceWindow], now: datetime, address: Address
) -> None:
    start = now + timedelta(hours=1, seconds=7)
    exact = window(scheduled_start_at=start, scheduled_end_at=start + timedelta(hours=1))
    desk.send(address(exact, "details/"), title="Renamed")
    exact.refresh_from_db()
    assert (exact.title, exact.scheduled_start_at) == ("Renamed", start)


def test_what_has_happened_of_the_plan_stands(desk: Desk, planned: MaintenanceWindow, address: Address) -> None:
    desk.send(address(planned), status="in_progress")
    page = desk.send(address(planned, "details/"), scheduled_start_at="2026-11-21T20:00")
    assert "scheduled_start_at" in page.errors


def test_services_of_an_ended_window_stand(
    desk: Desk, planned: MaintenanceWindow, address: Address, login: Service
) -> None:
    desk.send(address(planned), status="cancelled")
    page = desk.send(address(planned, "details/"), services=["login"])
    assert "services" in page.errors


def test_a_stale_plan_is_refused_and_shows_theirs(
    desk: Desk, planned: MaintenanceWindow, address: Address, now: datetime
) -> None:
    mine = desk.open(address(planned, "details/"))
    theirs: Any = {"scheduled_end_at": now + timedelta(hours=15), "is_public": False}
    MaintenanceWindow.objects.get().edit(by=Actor("colleague", "api"), **theirs)
    page = desk.send(address(planned, "details/"), mine, scheduled_end_at="2026-11-22T00:30", services=[])
    assert "It now says: 22 Nov 2026, 03:00 UTC" in page.words
    assert page.form.fields["scheduled_end_at"] == ["2026-11-22T00:30"]
    assert "is_public" not in page.form.fields, "untouched, so it follows theirs"
    assert "services" not in page.form.fields, "touched, so it stays empty"
    assert MaintenanceWindow.objects.get().version == 2


def test_services_and_switches_that_both_changed_are_shown_in_words(
    desk: Desk, planned: MaintenanceWindow, address: Address, login: Service
) -> None:
    mine = desk.open(address(planned, "details/"))
    MaintenanceWindow.objects.get().edit(by=Actor("colleague", "api"), services=[login])
    page = desk.send(address(planned, "details/"), mine, services=[], automatic=None)
    assert "It now says: Login" in page.words
    assert "It now says: Yes" in page.words


def test_a_stale_start_is_refused(desk: Desk, planned: MaintenanceWindow, address: Address) -> None:
    mine = desk.open(address(planned))
    MaintenanceWindow.objects.get().post_update(by=Actor("worker", "scheduler"), status=MaintenanceStatus.IN_PROGRESS)
    page = desk.send(address(planned), mine, status="in_progress")
    assert "by worker" in page.words
    assert planned.updates.count() == 2


def test_it_is_deleted(desk: Desk, planned: MaintenanceWindow, address: Address) -> None:
    desk.send(address(planned, "delete/"))
    assert not MaintenanceWindow.objects.exists()
