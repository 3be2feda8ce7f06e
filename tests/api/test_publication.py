"""Making something public by the API: subscribers hear of it once, whatever else the same request says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import Event, Incident, MaintenanceWindow
from tests.api.calling import ADMIN, PROBLEM, Caller


def told() -> list[str]:
    return list(Event.objects.filter(notify=True).values_list("type", flat=True))


@pytest.mark.parametrize(
    ("also", "event"),
    [
        ({}, "incident.published"),
        ({"title": "Renamed"}, "incident.published"),
        ({"message": "Found it."}, "incident.update_posted"),
        ({"status": "IDENTIFIED"}, "incident.update_posted"),
        ({"status": "RESOLVED"}, "incident.update_posted"),
    ],
)
def test_an_incident(ops_caller: Caller, incident: Callable[..., Incident], also: dict[str, Any], event: str) -> None:
    private = incident(is_public=False)
    answer = ops_caller.patch(f"{ADMIN}/incidents/{private.pk}", {"isPublic": True, **also})
    assert answer.status_code == 200, answer.content
    assert told() == [event]


@pytest.mark.parametrize(
    ("also", "event"),
    [({}, "maintenancewindow.published"), ({"status": "in_progress"}, "maintenancewindow.update_posted")],
)
def test_a_window(
    ops_caller: Caller, window: Callable[..., MaintenanceWindow], also: dict[str, Any], event: str
) -> None:
    hour, now = timedelta(hours=1), timezone.now()
    private = window(is_public=False, scheduled_start_at=now + hour, scheduled_end_at=now + 2 * hour)
    answer = ops_caller.put(f"{PROBLEM}/maintenances/{private.pk}", {"is_public": True, **also})
    assert answer.status_code == 200, answer.content
    assert told() == [event]
