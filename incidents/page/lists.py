"""Incidents and maintenance windows by their state, the newest first."""

from datetime import datetime

from incidents import models
from incidents.lifecycle import MaintenanceStatus
from incidents.page import stories
from incidents.page.values import Incident, Maintenance

LENGTH = 50

HELD = tuple(status for status in MaintenanceStatus if status is not MaintenanceStatus.CANCELLED)
AHEAD = (MaintenanceStatus.SCHEDULED, MaintenanceStatus.IN_PROGRESS)


def newest_incidents(now: datetime, length: int = LENGTH) -> tuple[Incident, ...]:
    rows = models.Incident.objects.public()
    return stories.incidents(rows.order_by("-started_at", "-pk")[:length], now)


def unresolved(now: datetime, *, told: bool = True) -> tuple[Incident, ...]:
    rows = models.Incident.objects.public().open()
    return stories.incidents(rows.order_by("-started_at", "-pk"), now, told=told)


def newest_maintenances(
    now: datetime, *statuses: MaintenanceStatus, length: int | None = None
) -> tuple[Maintenance, ...]:
    rows = models.MaintenanceWindow.objects.public().filter(status__in=statuses)
    return stories.maintenances(rows.order_by("-scheduled_start_at", "-pk")[:length], now)
