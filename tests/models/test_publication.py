"""What subscribers are told of what was not public before, and what never reaches them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, Event, Incident, MaintenanceWindow, Service
from incidents.models.history import PROGRAM, History, RecordedUpdate, record_history
from incidents.severity import Severity

HOUR = timedelta(hours=1)


def told() -> list[str]:
    """What subscribers are told, in order."""
    return list(Event.objects.filter(notify=True).values_list("type", flat=True))


@pytest.fixture
def private(incident: Callable[..., Incident], api: Service, ops: Actor) -> Incident:
    """Two updates that nobody but ops saw."""
    story = incident(is_public=False, levels={api: None})
    story.post_update(by=ops, status=IncidentStatus.IDENTIFIED, message="Found it.")
    return story


@pytest.fixture
def planned(window: Callable[..., MaintenanceWindow], now: datetime) -> MaintenanceWindow:
    return window(is_public=False, now=now, scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR)


def test_what_is_private_is_told_to_nobody(private: Incident, planned: MaintenanceWindow, ops: Actor) -> None:
    private.post_update(by=ops, status=IncidentStatus.RESOLVED)
    planned.post_update(by=ops, status=MaintenanceStatus.CANCELLED)
    assert told() == []


def test_what_becomes_public_is_told_once_with_its_last_word(private: Incident, ops: Actor) -> None:
    private.edit(by=ops, is_public=True)

    assert told() == ["incident.published"]
    event = Event.objects.get(notify=True)
    assert event.payload["update"]["message"] == "Found it."
    assert [service["id"] for service in event.payload["services"]] == ["api"]
    assert event.due_at


def test_so_is_a_window(planned: MaintenanceWindow, ops: Actor, now: datetime) -> None:
    planned.edit(by=ops, is_public=True, title="Bigger upgrade", now=now)
    assert told() == ["maintenancewindow.published"]


def test_it_can_appear_quietly(private: Incident, planned: MaintenanceWindow, ops: Actor, now: datetime) -> None:
    private.edit(by=ops, is_public=True, notify=False)
    planned.edit(by=ops, is_public=True, notify=False, now=now)
    assert told() == []


def test_what_is_over_appears_quietly(private: Incident, ops: Actor) -> None:
    private.post_update(by=ops, status=IncidentStatus.RESOLVED)
    private.edit(by=ops, is_public=True)
    assert told() == []


def test_taking_it_back_and_editing_it_are_told_to_nobody(private: Incident, ops: Actor) -> None:
    private.edit(by=ops, is_public=True)
    private.edit(by=ops, title="Renamed")
    private.edit(by=ops, is_public=False)
    assert told() == ["incident.published"]


@pytest.mark.parametrize("notify", [True, False])
def test_a_draft_is_told_when_it_is_published_if_it_is_worth_it(
    incident: Callable[..., Incident], ops: Actor, notify: bool
) -> None:
    draft = incident(status=IncidentStatus.DRAFT)
    draft.edit(by=ops, title="Better words", is_public=False)
    draft.edit(by=ops, is_public=True)
    assert told() == []
    draft.post_update(by=ops, status=IncidentStatus.INVESTIGATING, notify=notify)
    assert told() == ["incident.update_posted"] * notify


def test_a_private_draft_is_told_when_it_is_published_and_public(incident: Callable[..., Incident], ops: Actor) -> None:
    draft = incident(status=IncidentStatus.DRAFT, is_public=False)
    draft.post_update(by=ops, status=IncidentStatus.INVESTIGATING)
    assert told() == []
    draft.edit(by=ops, is_public=True)
    assert told() == ["incident.published"]


def test_a_correction_is_told_to_nobody(incident: Callable[..., Incident], ops: Actor) -> None:
    incident(notify=False).updates.get().correct("Better words.", by=ops)
    assert told() == []


def test_recorded_history_is_told_to_nobody(incident: Callable[..., Incident], now: datetime) -> None:
    incident(status=IncidentStatus.RESOLVED, started_at=now - 2 * HOUR, resolved_at=now - HOUR, now=now)
    assert told() == []


def test_an_import_is_told_to_nobody_not_even_when_it_comes_again(db: None, now: datetime) -> None:
    assert _import(now, message="We look.") == "created"
    assert _import(now, message="We looked.") == "updated"
    assert Event.objects.exists()
    assert told() == []


def _import(now: datetime, message: str) -> str:
    at = now - HOUR
    fields: dict[str, Any] = {
        "title": "Broken elsewhere",
        "description": "",
        "severity": Severity.MINOR,
        "created_at": at,
        "started_at": at,
        "resolved_at": None,
        "postmortem": "",
        "postmortem_published_at": None,
    }
    word = RecordedUpdate("updateupdate", IncidentStatus.INVESTIGATING, message, at, at)
    return record_history(Incident, History("abcdefghijkl", fields, (word,), frozenset()), by=PROGRAM, now=now)
