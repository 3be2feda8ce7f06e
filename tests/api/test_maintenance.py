"""Announcing, moving and ending maintenance over the API."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import MaintenanceWindow, Service
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller, wrong_fields

PATH = f"{PROBLEM}/maintenances"


@pytest.fixture
def planned(window: Callable[..., MaintenanceWindow], api: Service) -> str:
    """The id of a window that hits the API tomorrow."""
    soon = timezone.now() + timedelta(days=1)
    return window(scheduled_start_at=soon, scheduled_end_at=soon + timedelta(hours=2), services=[api]).pk


def wire(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def patched(caller: Caller, id: str, **fields: Any) -> Any:
    answer = caller.patch(f"{PATH}/{id}", fields)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def test_scheduling_answers_the_window(ops_caller: Caller, anyone: Caller, api: Service) -> None:
    soon = timezone.now() + timedelta(days=1)
    body = {"title": "Upgrade", "scheduledStartAt": wire(soon), "scheduledEndAt": wire(soon + timedelta(hours=1))}
    answer = ops_caller.post(f"{ADMIN}/maintenance", {**body, "affectedServices": ["api"], "automatic": False})
    assert answer.status_code == 201
    shown = answer.json()["data"]
    assert (shown["status"], shown["affectedServices"], shown["impacts"]) == ("SCHEDULED", ["api"], [])
    assert answer["Location"] == f"{ADMIN}/maintenance/{shown['id']}"
    assert anyone.get(f"{ENVELOPE}/maintenance/{shown['id']}").json()["data"] == shown
    assert shown["url"].endswith(f"/maintenance/{shown['id']}/")


def test_a_window_shows_every_member_of_the_contract(anyone: Caller, planned: str) -> None:
    assert set(anyone.get(f"{PATH}/{planned}").json()["data"]) >= {
        "id", "title", "description", "status", "affected_services", "impacts", "is_public", "created_at", "updated_at",
        "scheduled_start_at", "scheduled_end_at", "started_at", "ended_at", "version", "url", "next_update_at",
        "updates",
    }  # fmt: skip


def test_a_window_walks_to_its_end(ops_caller: Caller, planned: str) -> None:
    started = patched(ops_caller, planned, status="in_progress")
    assert [(i["service"], i["level"]) for i in started["impacts"]] == [("api", "under_maintenance")]
    assert started["started_at"]
    ended = patched(ops_caller, planned, status="COMPLETED", message="Done.")
    assert (ended["status"], ended["updates"][0]["message"]) == ("completed", "Done.")
    assert ended["affected_services"] == ["api"]
    assert ended["impacts"][0]["ended_at"]


def test_an_illegal_move_is_a_conflict(ops_caller: Caller, planned: str) -> None:
    answer = ops_caller.patch(f"{PATH}/{planned}", {"status": "completed"})
    assert (answer.status_code, answer.json()["i18n_args"]["allowed"]) == (
        409,
        ["scheduled", "in_progress", "cancelled"],
    )


def test_replanning_tells_nothing_by_itself(ops_caller: Caller, planned: str, login: Service) -> None:
    later = timezone.now() + timedelta(days=3)
    shown = patched(ops_caller, planned, scheduled_end_at=wire(later), affected_services=["login"], title="Bigger")
    assert (shown["scheduled_end_at"], shown["affected_services"]) == (wire(later), ["login"])
    assert len(shown["updates"]) == 1


def test_a_message_is_told(ops_caller: Caller, planned: str) -> None:
    assert patched(ops_caller, planned, message="As planned.")["updates"][0]["message"] == "As planned."


def test_levels_can_be_given_once_it_has_begun(ops_caller: Caller, planned: str) -> None:
    hit = [{"id": "api", "level": "major_outage"}]
    for body in ({"affected_services": hit}, {"affected_services": hit, "status": "scheduled"}):
        assert wrong_fields(ops_caller.patch(f"{PATH}/{planned}", body)) == {"affected_services": "not_begun"}
    begun = patched(ops_caller, planned, status="in_progress", affected_services=hit)
    assert begun["impacts"][0]["level"] == "major_outage"
    note = {"status": "in_progress", "message": "Nearly there", "affected_services": []}
    assert ops_caller.post(f"{PATH}/{planned}/updates", note).status_code == 201
    assert ops_caller.get(f"{PATH}/{planned}").json()["data"]["impacts"][0]["ended_at"]


def test_an_update_may_change_the_plan_before_it_begins(ops_caller: Caller, planned: str, login: Service) -> None:
    note = {"status": "scheduled", "message": "One more", "affected_services": ["api", "login"]}
    assert ops_caller.post(f"{PATH}/{planned}/updates", note).status_code == 201
    assert ops_caller.get(f"{PATH}/{planned}").json()["data"]["affected_services"] == ["api", "login"]
    assert ops_caller.get(f"{PATH}/{planned}/updates").json()["total"] == 2


def test_what_has_happened_cannot_be_planned_again(ops_caller: Caller, planned: str) -> None:
    patched(ops_caller, planned, status="cancelled")
    later = wire(timezone.now() + timedelta(days=9))
    body = {"scheduled_end_at": later, "affected_services": []}
    assert wrong_fields(ops_caller.patch(f"{PATH}/{planned}", body)) == {
        "scheduled_end_at": "already_happened",
        "affected_services": "already_happened",
    }


def test_windows_are_filtered_by_status(ops_caller: Caller, anyone: Caller, planned: str) -> None:
    assert anyone.get(f"{PATH}?status=scheduled").json()["total"] == 1
    assert anyone.get(f"{PATH}?status=CANCELLED").json()["total"] == 0
    assert anyone.get(f"{PATH}?status=resolved").status_code == 400


def test_a_window_can_be_deleted(ops_caller: Caller, planned: str) -> None:
    assert ops_caller.delete(f"{ADMIN}/maintenance/{planned}").status_code == 200
    assert ops_caller.delete(f"{ADMIN}/maintenance/{planned}").status_code == 404


def test_a_past_window_cannot_be_announced(ops_caller: Caller) -> None:
    body = {"title": "", "scheduled_start_at": "2026-01-01T00:00:00Z", "scheduled_end_at": "2026-01-02T00:00:00Z"}
    assert wrong_fields(ops_caller.post(PATH, body)) == {"title": "blank", "scheduled_end_at": "in_past"}
