"""Incidents and maintenance windows by their state, the newest first."""

from datetime import datetime

from incidents import models
from incidents.lifecycle import MaintenanceStatus
from incidents.page import stories
from incidents.page.values import Incident, Maintenance

LENGTH = 50
_NEWEST, _NEWEST_PLAN = ("-started_at", "-pk"), ("-scheduled_start_at", "-pk")


def newest_incidents(now: datetime, length: int = LENGTH) -> tuple[Incident, ...]:
    rows = models.Incident.objects.public()
    return stories.incidents(rows.order_by(*_NEWEST)[:length], now)


def unresolved(now: datetime, *, told: bool = True) -> tuple[Incident, ...]:
    rows = models.Incident.objects.public().open()
    return stories.incidents(rows.order_by(*_NEWEST), now, told=told)


def newest_maintenances(now: datetime, length: int = LENGTH) -> tuple[Maintenance, ...]:
    """Those that are cancelled are none."""
    rows = models.MaintenanceWindow.objects.public().exclude(status=MaintenanceStatus.CANCELLED)
    return stories.maintenances(rows.order_by(*_NEWEST_PLAN)[:length], now)


def maintenances_in(now: datetime, *statuses: MaintenanceStatus) -> tuple[Maintenance, ...]:
    rows = models.MaintenanceWindow.objects.public().filter(status__in=statuses)
    return stories.maintenances(rows.order_by(*_NEWEST_PLAN), now)
