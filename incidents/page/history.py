from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet, Subquery

from incidents import models
from incidents.errors import NotFound
from incidents.lifecycle import MaintenanceStatus
from incidents.models.transaction import in_one_snapshot
from incidents.page import stories
from incidents.page.home import in_page_order, stretches, today, with_days, zone
from incidents.page.values import Month, Story
from incidents.uptime import midnight


def newest_month(now: datetime) -> date:
    """Where the history opens: the newest month that has something, else the present one."""
    newest = max((found for rows in _listed() if (found := rows.aggregate(at=Max("listed_at"))["at"])), default=now)
    return _month_of(min(newest, now))


@in_one_snapshot
def month(first: date, now: datetime) -> Month:
    """The month that begins at `first`. Raises NotFound for one that has not begun."""
    if first > today(now):
        raise NotFound("That month has not begun.")
    start, end = midnight(first, zone()), midnight(next_month(first), zone())
    last = min(next_month(first) - timedelta(days=1), today(now))
    incidents, windows = (rows.filter(listed_at__gte=start, listed_at__lt=end) for rows in _listed())
    told = (*stories.incidents(incidents, now), *stories.maintenances(windows, now))
    hits = stretches(models.Impact.objects.public().overlapping(start, end))
    older, newer = _neighbours(start, end)
    rows = list(models.Service.objects.public().select_related("group").order_by("position", "name", "pk"))
    services = [with_days(row, hits.get(row.pk, ()), first, last, now) for row in rows]
    return Month(
        now=now,
        first=first,
        services=in_page_order(rows, services),
        stories=tuple(sorted(told, key=lambda story: story.listed_at, reverse=True)),
        older=older,
        newer=newer,
    )


@in_one_snapshot
def by_month(firsts: Sequence[date], now: datetime) -> dict[date, tuple[Story, ...]]:
    """What the history lists in these consecutive months (their first days, newest first), without their figures."""
    if not firsts:
        return {}
    start, end = midnight(firsts[-1], zone()), midnight(next_month(firsts[0]), zone())
    incidents, windows = (rows.filter(listed_at__gte=start, listed_at__lt=end) for rows in _listed())
    told = (*stories.incidents(incidents, now), *stories.maintenances(windows, now))
    found: dict[date, tuple[Story, ...]] = dict.fromkeys(firsts, ())
    for story in sorted(told, key=lambda story: (story.listed_at, story.id), reverse=True):
        found[_month_of(story.listed_at)] += (story,)
    return found


def next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def months_back(day: date, count: int) -> list[date]:
    """The first days of the month of `day` and of those before it, newest first."""
    firsts = [day.replace(day=1)]
    while len(firsts) < count:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return firsts


def _listed() -> "tuple[QuerySet[Any], QuerySet[Any]]":
    """What the history lists. A window that is still to come is on the home page instead."""
    return (
        models.Incident.objects.public().with_listed_at(),
        models.MaintenanceWindow.objects.public().exclude(status=MaintenanceStatus.SCHEDULED).with_listed_at(),
    )


def _neighbours(start: datetime, end: datetime) -> tuple[date | None, date | None]:
    """The nearest months before `start` and from `end` on that have something; one query, answered by the indexes."""
    incidents, windows = (
        rows.filter(
            Q(listed_at=Subquery(rows.filter(listed_at__lt=start).order_by("-listed_at").values("listed_at")[:1]))
            | Q(listed_at=Subquery(rows.filter(listed_at__gte=end).order_by("listed_at").values("listed_at")[:1]))
        )
        .order_by()
        .values_list("listed_at", flat=True)
        for rows in _listed()
    )
    instants = list(incidents.union(windows).order_by())
    older = max((at for at in instants if at < start), default=None)
    newer = min((at for at in instants if at >= end), default=None)
    return older and _month_of(older), newer and _month_of(newer)


def _month_of(instant: datetime) -> date:
    return instant.astimezone(zone()).date().replace(day=1)
