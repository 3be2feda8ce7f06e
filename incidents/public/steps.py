"""The states that a story passes through, as a row of steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents import page
from incidents.lifecycle import OPEN_INCIDENT, IncidentStatus, MaintenanceStatus, Status

_INCIDENT = (*OPEN_INCIDENT, IncidentStatus.RESOLVED)
_MAINTENANCE = (MaintenanceStatus.SCHEDULED, MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.COMPLETED)
_CANCELLED = (MaintenanceStatus.SCHEDULED, MaintenanceStatus.CANCELLED)


@dataclass(frozen=True)
class Step:
    """`at` is None for a state that was skipped or is still to come."""

    status: Status
    at: datetime | None
    is_current: bool


def steps(story: page.Story) -> tuple[Step, ...]:
    entered: dict[str, datetime] = {}
    for update in sorted(story.updates, key=lambda update: update.created_at):
        entered.setdefault(update.status, update.display_at)
    return tuple(Step(status, entered.get(status), status == story.status) for status in _path(story))


def share_passed(window: page.Maintenance, now: datetime) -> int:
    """How many hundredths of the planned time have passed."""
    length = window.scheduled_end_at - window.scheduled_start_at
    return max(0, min(100, (now - window.scheduled_start_at) * 100 // length))


def _path(story: page.Story) -> Sequence[Status]:
    if isinstance(story, page.Incident):
        return _INCIDENT
    return _CANCELLED if story.status is MaintenanceStatus.CANCELLED else _MAINTENANCE
