"""Subscribers hear once more of a maintenance window when it is near."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from incidents.models import snapshot
from incidents.models.maintenance import SCHEDULED, MaintenanceWindow
from incidents.models.outbox import Event
from incidents.models.transaction import in_one_transaction

REMINDED = "maintenancewindow.reminded"  # the type of the event


def remind(now: datetime, hours: Sequence[int]) -> int:
    """Writes the reminders that are due, so many hours before the start; returns how many there were.

    Of those that were missed only the last one counts, and none once subscribers have been told of the window after
    it was due: by itself, by the announcement, or by any other word.
    """
    leads = [timedelta(hours=number) for number in hours]
    near = MaintenanceWindow.objects.public().upcoming().filter(scheduled_start_at__gt=now)
    near = near.filter(scheduled_start_at__lte=now + max(leads, default=timedelta()))
    return sum(_remind(window.pk, now, leads) for window in near if _is_due(window, now, leads))


@in_one_transaction
def _remind(pk: str, now: datetime, leads: Sequence[timedelta]) -> bool:
    """Whoever else writes the same reminder waits for the lock, and then finds it."""
    window = MaintenanceWindow.locked(pk)
    if window is None or not _is_due(window, now, leads):
        return False
    payload = snapshot.of_timeline(window, None)
    Event.record(REMINDED, window, now=now, public=True, payload=payload, notify=True, version=window.version)
    return True


def _is_due(window: MaintenanceWindow, now: datetime, leads: Sequence[timedelta]) -> bool:
    passed = [at for lead in leads if (at := window.scheduled_start_at - lead) <= now]
    if not passed or not window.is_public or window.state is not SCHEDULED or window.scheduled_start_at <= now:
        return False
    return not Event.objects.telling_of(window).filter(occurred_at__gte=max(passed)).exists()
