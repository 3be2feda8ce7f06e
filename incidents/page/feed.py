"""What feeds and calendars hold: of the whole page, or of the one public service that `slug` names."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from incidents import models
from incidents.models.transaction import in_one_snapshot
from incidents.page import stories
from incidents.page.values import Maintenance, Story

LENGTH = 50


@in_one_snapshot
def latest(now: datetime, slug: str | None = None) -> tuple[Story, ...]:
    """The LENGTH incidents and windows that were updated last, newest first."""
    incidents = _incidents(slug).order_by("-updated_at")[:LENGTH]
    windows = _windows(slug).order_by("-updated_at")[:LENGTH]
    told = (*stories.incidents(incidents, now), *stories.maintenances(windows, now))
    return tuple(sorted(told, key=lambda story: story.told_at, reverse=True)[:LENGTH])


@in_one_snapshot
def agenda(now: datetime, slug: str | None = None) -> tuple[Story, ...]:
    """What is `planned`, and the LENGTH incidents that began last."""
    incidents = _incidents(slug).order_by("-started_at", "-pk")[:LENGTH]
    return (*planned(now, slug), *stories.incidents(incidents, now))


@in_one_snapshot
def planned(now: datetime, slug: str | None = None) -> tuple[Maintenance, ...]:
    """All windows that are not over, and the LENGTH that were over last; those that are cancelled, too: a calendar
    that has one must hear of it."""
    windows = _windows(slug)
    over = windows.exclude(ended_at=None).with_listed_at().order_by("-listed_at", "-pk")[:LENGTH]
    rows = windows.filter(Q(ended_at=None) | Q(pk__in=over.values("pk")))
    return stories.maintenances(rows.order_by("-scheduled_start_at", "-pk"), now)


def _incidents(slug: str | None) -> "QuerySet[models.Incident]":
    public = models.Incident.objects.public()
    return public if slug is None else public.filter(pk__in=_impacts_of(slug).values("incident"))


def _windows(slug: str | None) -> Any:
    public = models.MaintenanceWindow.objects.public()
    if slug is None:
        return public
    meant = models.Service.objects.public().filter(slug=slug).values("maintenances")
    return public.filter(Q(pk__in=meant) | Q(pk__in=_impacts_of(slug).values("maintenance")))


def _impacts_of(slug: str) -> "QuerySet[models.Impact]":
    return models.Impact.objects.filter(service__slug=slug, service__is_public=True)
