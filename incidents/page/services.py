from datetime import datetime, timedelta

from django.db.models import Q

from incidents import models, uptime
from incidents.errors import NotFound
from incidents.page import stories
from incidents.page.history import months_back
from incidents.page.home import STRIP_DAYS, stretches, today, tomorrow, with_days, zone
from incidents.page.values import MonthFigures, ServicePage, Story
from incidents.uptime import midnight

WINDOWS = {"24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30), "90d": timedelta(days=90)}
MONTHS = 12


def service(slug: str, now: datetime) -> ServicePage:
    """Raises NotFound for what the public may not see."""
    row = models.Service.objects.public().select_related("group").filter(slug=slug).first()
    if row is None:
        raise NotFound("No such service.")
    firsts = months_back(today(now), MONTHS)
    hits = stretches(
        models.Impact.objects.public().filter(service=row).overlapping(midnight(firsts[-1], zone()), tomorrow(now))
    ).get(row.pk, [])

    def figures(start: datetime, end: datetime) -> uptime.Figures:
        return uptime.figures(hits, start, end, since=row.since, now=now)

    first_day = today(now) - timedelta(days=STRIP_DAYS - 1)
    edges = [tomorrow(now), *(midnight(first, zone()) for first in firsts)]
    return ServicePage(
        now=now,
        service=with_days(row, hits, first_day, today(now), now),
        windows={name: figures(now - length, now) for name, length in WINDOWS.items()},
        months=tuple(
            MonthFigures(first, figures(start, end))
            for first, start, end in zip(firsts, edges[1:], edges, strict=False)
        ),
        stories=_stories(row, midnight(first_day, zone()), now),
    )


def _stories(row: models.Service, since: datetime, now: datetime) -> tuple[Story, ...]:
    recent = Q(impacts__service=row) & (Q(impacts__ended_at=None) | Q(impacts__ended_at__gt=since))
    incidents = stories.incidents(models.Incident.objects.public().filter(recent).distinct(), now, told=False)
    windows = stories.maintenances(models.MaintenanceWindow.objects.public().filter(recent).distinct(), now, told=False)
    return tuple(sorted((*incidents, *windows), key=lambda story: story.listed_at, reverse=True))
