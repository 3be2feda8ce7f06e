from datetime import datetime, timedelta

from django.db.models import Q

from incidents import models, uptime
from incidents.models.transaction import in_one_snapshot
from incidents.page import stories
from incidents.page.history import months_back
from incidents.page.home import STRIP_DAYS, first_of_last, stretches, today, tomorrow, with_days, zone
from incidents.page.spans import existing
from incidents.page.values import MonthFigures, ServicePage, Story
from incidents.uptime import midnight

# Days of the calendar, so that the figure is that of the strip; the last 24 hours are hours.
WINDOWS = {"24h": 0, "7d": 7, "30d": 30, "90d": STRIP_DAYS}
MONTHS = 12


@in_one_snapshot
def service(slug: str, now: datetime) -> ServicePage:
    """Raises NotFound for what the public may not see."""
    row = existing(slug)
    firsts = months_back(today(now), MONTHS)
    hits = stretches(
        models.Impact.objects.public().filter(service=row).overlapping(midnight(firsts[-1], zone()), tomorrow(now))
    ).get(row.pk, [])

    def figures(start: datetime, end: datetime) -> uptime.Figures:
        return uptime.figures(hits, start, end, since=row.since, now=now)

    first_day = first_of_last(STRIP_DAYS, now)
    edges = [tomorrow(now), *(midnight(first, zone()) for first in firsts)]
    return ServicePage(
        now=now,
        service=with_days(row, hits, first_day, today(now), now),
        windows={name: figures(_start(days, now), now) for name, days in WINDOWS.items()},
        months=tuple(
            MonthFigures(first, figures(start, end))
            for first, start, end in zip(firsts, edges[1:], edges, strict=False)
        ),
        stories=_stories(row, midnight(first_day, zone()), now),
    )


def _start(days: int, now: datetime) -> datetime:
    return midnight(first_of_last(days, now), zone()) if days else now - timedelta(days=1)


def _stories(row: models.Service, since: datetime, now: datetime) -> tuple[Story, ...]:
    recent = Q(impacts__service=row) & (Q(impacts__ended_at=None) | Q(impacts__ended_at__gt=since))
    incidents = stories.incidents(models.Incident.objects.public().filter(recent).distinct(), now, told=False)
    windows = stories.maintenances(models.MaintenanceWindow.objects.public().filter(recent).distinct(), now, told=False)
    return tuple(sorted((*incidents, *windows), key=lambda story: story.listed_at, reverse=True))
