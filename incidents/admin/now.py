"""What the start page answers first: what is open, and how long the public has waited for a word."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.safestring import SafeString

from incidents.admin import words
from incidents.admin.forms.base import PromiseForm
from incidents.lifecycle import OPEN_INCIDENT, IncidentStatus, MaintenanceStatus
from incidents.models import Incident, IncidentTemplate, MaintenanceWindow
from incidents.models.backlog import Backlog, backlog
from incidents.models.clock import database_now
from incidents.models.promises import latest_word
from incidents.models.timeline import Timeline

_NEXT = 3  # that many planned windows


@dataclass(frozen=True)
class Open:
    """One story that is not over. `promised_at` is None when nothing was promised."""

    timeline: Timeline
    last_word_at: datetime
    promised_at: datetime | None
    is_overdue: bool

    PROMISES = PromiseForm.MINUTES

    @property
    def moves(self) -> list[tuple[str, SafeString]]:
        return words.moves(self.timeline.state, self.timeline.moves)

    @property
    def may_stay(self) -> bool:
        return self.timeline.state in self.timeline.moves

    @property
    def again(self) -> str:
        """The promise for another word that changes nothing: the one before, in the nearest of the minutes on offer."""
        if self.promised_at is None:
            return ""
        minutes = (self.promised_at - self.last_word_at).total_seconds() / 60
        return min(
            (offered for offered, _ in self.PROMISES if offered), key=lambda offered: abs(int(offered) - minutes)
        )

    @property
    def again_in_words(self) -> str:
        return str(dict(self.PROMISES)[self.again]) if self.again else ""


@dataclass(frozen=True)
class Desk:
    incidents: tuple[Open, ...]
    drafts: tuple[Incident, ...]
    in_progress: tuple[Open, ...]
    upcoming: tuple[MaintenanceWindow, ...]
    templates: tuple[IncidentTemplate, ...]
    backlog: Backlog


def desk(now: datetime) -> Desk:
    """Nine queries and the updates of what is open, however long the history."""
    incidents = Incident.objects.filter(Q(status__in=OPEN_INCIDENT) | Q(status=IncidentStatus.DRAFT))
    found = list(incidents.prefetch_related("updates"))
    running = MaintenanceWindow.objects.filter(status=MaintenanceStatus.IN_PROGRESS).prefetch_related("updates")
    return Desk(
        incidents=_open((i for i in found if i.state is not IncidentStatus.DRAFT), now),
        drafts=tuple(i for i in found if i.state is IncidentStatus.DRAFT),
        in_progress=_open(running, now),
        upcoming=tuple(MaintenanceWindow.objects.upcoming()[:_NEXT]),
        templates=tuple(IncidentTemplate.objects.all()),
        backlog=backlog(database_now()),
    )


def opened(timeline: Any, now: datetime) -> Open:
    last: Any = latest_word(timeline.updates.all())  # every story has one
    promised = last.next_update_at
    return Open(timeline, last.created_at, promised, promised is not None and promised <= now)


def _open(timelines: Iterable[Any], now: datetime) -> tuple[Open, ...]:
    return tuple(opened(timeline, now) for timeline in timelines)
