"""What the worker does, again and again: functions that take the time and answer whether there was work."""

from collections.abc import Callable
from datetime import datetime

from incidents.models import Actor, MaintenanceWindow

WORKER = Actor("worker", "scheduler")

type Job = Callable[[datetime], bool]


def advance_maintenance(now: datetime) -> bool:
    """Starts and completes the maintenance windows that are due."""
    return MaintenanceWindow.advance_due(WORKER, now) > 0


JOBS: tuple[Job, ...] = (advance_maintenance,)
