"""What the start page answers first: what is open, and how long the public has waited for a word."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from incidents.lifecycle import OPEN_INCIDENT, IncidentStatus, MaintenanceStatus
from incidents.models import Incident, MaintenanceWindow
from incidents.models.timeline import Timeline

_NEXT = 3  # that many planned windows


@dataclass(frozen=True)
class Open:
    """One story that is not over. `promised_at` is None when nothing was promised."""

    timeline: Timeline
    last_word_at: datetime
    promised_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True)
class Desk:
    incidents: tuple[Open, ...]
    drafts: tuple[Incident, ...]
    in_progress: tuple[Open, ...]
    upcoming: tuple[MaintenanceWindow, ...]


def desk(now: datetime) -> Desk:
    """Four queries and the updates of what is open, however long the history."""
    incidents = Incident.objects.filter(Q(status__in=OPEN_INCIDENT) | Q(status=IncidentStatus.DRAFT))
    found = list(incidents.prefetch_related("updates"))
    running = MaintenanceWindow.objects.filter(status=MaintenanceStatus.IN_PROGRESS).prefetch_related("updates")
    return Desk(
        incidents=_open((i for i in found if i.state is not IncidentStatus.DRAFT), now),
        drafts=tuple(i for i in found if i.state is IncidentStatus.DRAFT),
        in_progress=_open(running, now),
        upcoming=tuple(MaintenanceWindow.objects.upcoming()[:_NEXT]),
    )


def _open(timelines: Iterable[Any], now: datetime) -> tuple[Open, ...]:
    return tuple(_one(timeline, now) for timeline in timelines)


def _one(timeline: Any, now: datetime) -> Open:
    newest = max(timeline.updates.all(), key=lambda update: update.version)
    promised = newest.next_update_at
    return Open(timeline, newest.created_at, promised, promised is not None and promised <= now)
