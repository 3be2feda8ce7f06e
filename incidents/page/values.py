"""The shapes of what the public sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property

from incidents import severity
from incidents.lifecycle import FINAL, IncidentStatus, MaintenanceStatus
from incidents.models.promises import latest_word
from incidents.severity import Overall, ServiceStatus, Severity
from incidents.uptime import Day, Figures


@dataclass(frozen=True)
class Service:
    id: str
    slug: str
    name: str
    description: str
    status: ServiceStatus
    since: datetime
    start_date: date | None
    created_at: datetime
    updated_at: datetime  # of its row; of its status too where `catalogue_with_changes` tells it
    group: str | None  # the group's slug
    days: tuple[Day, ...] = ()  # STRIP_DAYS of them, today last, where the page shows a strip
    uptime: Fraction | None = None  # over these days


@dataclass(frozen=True)
class Group:
    id: str
    slug: str
    name: str
    description: str
    created_at: datetime
    updated_at: datetime  # as with Service
    services: tuple[Service, ...]

    @property
    def status(self) -> ServiceStatus:
        return severity.worst(service.status for service in self.services)


@dataclass(frozen=True)
class LevelChange:
    """What one update did to a service that its incident had hit by then: nothing, where both are the same."""

    service: str  # id
    old: ServiceStatus  # by this cause alone
    new: ServiceStatus


@dataclass(frozen=True)
class Update:
    id: str
    status: str
    message: str  # Markdown
    created_at: datetime
    display_at: datetime
    edited_at: datetime | None
    next_update_at: datetime | None
    notify: bool  # whether subscribers are told
    changes: tuple[LevelChange, ...]  # in the order of the page


@dataclass(frozen=True)
class Affected:
    """One service over the life of an incident or window, at the worst level that it had."""

    id: str
    slug: str
    name: str
    level: ServiceStatus
    started_at: datetime
    ended_at: datetime | None
    duration: timedelta
    level_now: ServiceStatus = ServiceStatus.OPERATIONAL  # by this cause alone


@dataclass(frozen=True)
class Link:
    id: str
    title: str


@dataclass(frozen=True)
class Story:
    """What incidents and maintenance windows have in common; `updates` are newest first."""

    id: str
    title: str
    description: str
    status: IncidentStatus | MaintenanceStatus
    updated_at: datetime
    created_at: datetime
    updates: tuple[Update, ...]
    affected: tuple[Affected, ...]
    version: int

    @property
    def is_over(self) -> bool:
        return self.status in FINAL

    @property
    def listed_at(self) -> datetime:
        """Where the history shows it: the time it ended, else began or is to begin."""
        raise NotImplementedError

    @property
    def span(self) -> tuple[datetime, datetime | None]:
        """When it began, or is to begin, and ended."""
        raise NotImplementedError

    @property
    def told_at(self) -> datetime:
        """When its newest update was posted."""
        return max((update.created_at for update in self.updates), default=self.created_at)

    @property
    def next_update_at(self) -> datetime | None:
        """What the latest word promises; a note that completes history takes nothing back."""
        last = latest_word(self.updates)
        return last.next_update_at if last and not self.is_over else None


@dataclass(frozen=True)
class Incident(Story):
    severity: Severity
    started_at: datetime
    resolved_at: datetime | None
    duration: timedelta  # so far, while it is open
    postmortem: str  # Markdown; empty until published
    postmortem_published_at: datetime | None
    continues: Link | None
    continued_by: tuple[Link, ...]
    newer: Link | None = None
    older: Link | None = None

    @property
    def listed_at(self) -> datetime:
        return self.resolved_at or self.started_at

    @property
    def span(self) -> tuple[datetime, datetime | None]:
        return self.started_at, self.resolved_at

    @property
    def hits(self) -> bool:
        """Whether any service is worse for it; imported history also names some that stayed operational."""
        return any(hit.level is not ServiceStatus.OPERATIONAL for hit in self.affected)


@dataclass(frozen=True)
class Maintenance(Story):
    scheduled_start_at: datetime
    scheduled_end_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    automatic: bool  # it starts and completes by itself
    planned: tuple[str, ...]  # ids of the services that it is meant for

    @property
    def listed_at(self) -> datetime:
        return self.ended_at or self.started_at or self.scheduled_start_at

    @property
    def span(self) -> tuple[datetime, datetime | None]:
        return self.started_at or self.scheduled_start_at, self.ended_at


@dataclass(frozen=True)
class PastDay:
    date: date
    stories: tuple[Story, ...]


@dataclass(frozen=True)
class Catalogue:
    """The public services now. `sections`: groups and ungrouped services in the order of the page."""

    sections: tuple[Group | Service, ...]
    services: tuple[Service, ...]

    @property
    def healthy(self) -> int:
        return sum(service.status is ServiceStatus.OPERATIONAL for service in self.services)


@dataclass(frozen=True)
class Present:
    """What is true now, of what is not over."""

    now: datetime
    changed_at: datetime | None  # the last public change
    overall: Overall
    catalogue: Catalogue
    incidents: tuple[Incident, ...]  # open, newest first
    in_progress: tuple[Maintenance, ...]

    @cached_property
    def only_hit(self) -> Service | None:
        """The service to name in the headline, when exactly one is hit."""
        hit = [s for s in self.catalogue.services if s.status is not ServiceStatus.OPERATIONAL]
        return hit[0] if len(hit) == 1 else None


@dataclass(frozen=True)
class Home(Present):
    upcoming: tuple[Maintenance, ...]
    past: tuple[PastDay, ...]  # PAST_DAYS of them, today first


@dataclass(frozen=True)
class ServicePage:
    now: datetime
    service: Service
    windows: Mapping[str, Figures]  # "24h", "7d", "30d", "90d"
    months: tuple["MonthFigures", ...]  # 12 of them, newest first
    stories: tuple[Story, ...]  # of the last 90 days, newest first


@dataclass(frozen=True)
class MonthFigures:
    first: date
    figures: Figures


@dataclass(frozen=True)
class Month:
    """One page of the history. `services` carry the days and the uptime of this month."""

    now: datetime
    first: date
    services: tuple[Service, ...]
    stories: tuple[Story, ...]  # newest first
    older: date | None  # the nearest months that have something
    newer: date | None
