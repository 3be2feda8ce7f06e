from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from incidents import models, severity, uptime
from incidents.lifecycle import OPEN_INCIDENT, MaintenanceStatus
from incidents.models.transaction import in_one_snapshot
from incidents.page import stories
from incidents.page.values import Catalogue, Group, Home, Incident, Maintenance, PastDay, Service, Story
from incidents.severity import Overall, ServiceStatus
from incidents.uptime import Stretch

STRIP_DAYS = 90
PAST_DAYS = 15


def zone() -> ZoneInfo:
    return ZoneInfo(settings.PAGE_TIME_ZONE)


def today(now: datetime) -> date:
    return now.astimezone(zone()).date()


def tomorrow(now: datetime) -> datetime:
    """The midnight that ends the present day of the page."""
    return uptime.midnight(today(now) + timedelta(days=1), zone())


def first_of_last(days: int, now: datetime) -> date:
    """The last `days` of the page's calendar, today among them, begin with this one."""
    return today(now) - timedelta(days=days - 1)


@in_one_snapshot
def home(now: datetime) -> Home:
    listed = uptime.midnight(first_of_last(PAST_DAYS, now), zone())
    recent = models.Incident.objects.public().with_listed_at()
    # In no order: asked for one, SQLite walks the whole history in it instead of using two indexes.
    incidents = stories.incidents(recent.filter(Q(status__in=OPEN_INCIDENT) | Q(listed_at__gte=listed)).order_by(), now)
    windows = stories.maintenances(
        models.MaintenanceWindow.objects.public()
        .filter(Q(ended_at=None) | Q(ended_at__gte=listed))
        .order_by("scheduled_start_at"),
        now,
    )
    services = catalogue(now, days=STRIP_DAYS)
    open_incidents = tuple(sorted((i for i in incidents if not i.is_over), key=_begun, reverse=True))
    return Home(
        now=now,
        changed_at=changed_at(),
        overall=overall(services, open_incidents),
        catalogue=services,
        incidents=open_incidents,
        in_progress=_in_state(windows, MaintenanceStatus.IN_PROGRESS),
        upcoming=_in_state(windows, MaintenanceStatus.SCHEDULED),
        past=_past_days((*incidents, *windows), now),
    )


def changed_at() -> datetime | None:
    """The last public change; a feed has not been modified since."""
    return models.Revision.current().public_changed_at


def overall(services: Catalogue, open_incidents: Iterable[Incident]) -> Overall:
    """The one roll-up: by the services, and by the open incidents that never hit any of them."""
    return severity.overall(
        [service.status for service in services.services],
        [incident.severity for incident in open_incidents if not incident.hits],
    )


def catalogue(now: datetime, *, days: int = 0) -> Catalogue:
    """The public services with their status; with their last `days` and the uptime of these when that is not 0."""
    rows = list(models.Service.objects.public().select_related("group").order_by("position", "name", "pk"))
    if days:
        services = with_last_days(rows, days, models.Impact.objects.public(), now)
    else:
        found = stretches(models.Impact.objects.public().open())
        services = tuple(plain(row, found.get(row.pk, ())) for row in rows)
    return Catalogue(_sections(rows, services), services)


def with_last_days(
    rows: Iterable[models.Service], days: int, impacts: "models.impact.ImpactQuerySet", now: datetime
) -> tuple[Service, ...]:
    """Each with the last `days` of the page's calendar, today among them, as `impacts` made them; one query."""
    first = first_of_last(days, now)
    found = stretches(impacts.overlapping(uptime.midnight(first, zone()), tomorrow(now)))
    return tuple(with_days(row, found.get(row.pk, ()), first, today(now), now) for row in rows)


def stretches(impacts: "models.impact.ImpactQuerySet") -> dict[str, list[Stretch]]:
    """Service id → its stretches."""
    found: dict[str, list[Stretch]] = {}
    for service, level, start, end in impacts.values_list("service_id", "level", "started_at", "ended_at"):
        found.setdefault(service, []).append(Stretch(ServiceStatus(level), start, end))
    return found


def plain(row: models.Service, hits: Sequence[Stretch]) -> Service:
    return Service(
        id=row.pk,
        slug=row.slug,
        name=row.name,
        description=row.description,
        status=severity.worst(hit.level for hit in hits if hit.end is None),
        since=row.since,
        start_date=row.start_date,
        created_at=row.created_at,
        updated_at=row.updated_at,
        group=row.group.slug if row.group else None,
    )


def with_days(row: models.Service, hits: Sequence[Stretch], first: date, last: date, now: datetime) -> Service:
    """With each day from `first` to `last`, both included, and the uptime of the whole."""
    bare = plain(row, hits)
    start, end = uptime.midnight(first, zone()), uptime.midnight(last + timedelta(days=1), zone())
    return replace(
        bare,
        days=uptime.days(hits, first, last, zone=zone(), since=row.since, now=now),
        uptime=uptime.figures(hits, start, end, since=row.since, now=now).uptime,
    )


def _sections(rows: Sequence[models.Service], services: Sequence[Service]) -> tuple[Group | Service, ...]:
    """Groups and ungrouped services share one order: position, then name, then id."""
    members: dict[models.ServiceGroup, list[Service]] = {}
    places: list[tuple[tuple[int, str, str], Group | Service]] = []
    for row, service in zip(rows, services, strict=True):
        if row.group is None:
            places.append(((row.position, row.name, row.pk), service))
        else:
            members.setdefault(row.group, []).append(service)
    for group, inside in members.items():
        shown = Group(
            id=group.pk,
            slug=group.slug,
            name=group.name,
            description=group.description,
            created_at=group.created_at,
            updated_at=group.updated_at,
            services=tuple(inside),
        )
        places.append(((group.position, group.name, group.pk), shown))
    return tuple(section for _, section in sorted(places, key=lambda place: place[0]))


def in_page_order(rows: Sequence[models.Service], services: Sequence[Service]) -> tuple[Service, ...]:
    """Those of a group together, in its place."""
    sections = _sections(rows, services)
    return tuple(one for part in sections for one in (part.services if isinstance(part, Group) else (part,)))


def _in_state(windows: Iterable[Maintenance], status: MaintenanceStatus) -> tuple[Maintenance, ...]:
    return tuple(window for window in windows if window.status is status)


def _begun(incident: Incident) -> datetime:
    return incident.started_at


def _past_days(told: Iterable[Story], now: datetime) -> tuple[PastDay, ...]:
    by_day: Mapping[date, list[Story]] = {today(now) - timedelta(days=n): [] for n in range(PAST_DAYS)}
    for story in sorted((s for s in told if s.is_over), key=lambda s: s.listed_at, reverse=True):
        day = story.listed_at.astimezone(zone()).date()
        if day in by_day:
            by_day[day].append(story)
    return tuple(PastDay(day, tuple(found)) for day, found in by_day.items())
