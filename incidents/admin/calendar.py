"""A month of maintenance: which windows each day has, and which of them collide on a service."""

from calendar import Calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta

from django.utils import timezone

from incidents.lifecycle import MaintenanceStatus
from incidents.models import MaintenanceWindow

_WEEKS = Calendar()  # they begin on Monday
_QUIET_HOUR = 2  # when a new plan is suggested to begin


@dataclass(frozen=True)
class Entry:
    """A window on one of its days. `overlaps`: the titles of what hits one of its services meanwhile."""

    window: MaintenanceWindow
    begins: datetime
    ends: datetime
    overlaps: tuple[str, ...]


@dataclass(frozen=True)
class Day:
    date: date
    is_in_month: bool
    is_today: bool
    is_past: bool
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Month:
    first: date
    days: list[Day]
    before: date
    after: date


def month_of(text: str, today: date) -> date:
    """The first day of `2026-11`; of the present month where that is none, or one at the end of all calendars."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return found if MINYEAR < found.year < MAXYEAR else today.replace(day=1)


def month(first: date, today: date) -> Month:
    """Two queries, however many windows."""
    dates = list(_WEEKS.itermonthdates(first.year, first.month))
    days = {one: Day(one, one.month == first.month, one == today, one < today) for one in dates}
    windows = list(
        MaintenanceWindow.objects.exclude(status=MaintenanceStatus.CANCELLED)
        .filter(scheduled_start_at__lt=_begin(dates[-1] + timedelta(days=1)), scheduled_end_at__gt=_begin(dates[0]))
        .order_by("scheduled_start_at", "pk")
        .prefetch_related("services")
    )
    for window in windows:
        _enter(window, days, windows)
    return Month(first, list(days.values()), _moved(first, -1), _moved(first, 32))


def plan_on(text: str, now: datetime) -> dict[str, datetime]:
    """What a new plan for `2026-11-23` begins with: an hour at night or, for today, from the next full hour on."""
    try:
        start = _begin(date.fromisoformat(text)) + timedelta(hours=_QUIET_HOUR)
    except (ValueError, OverflowError):
        return {}
    if start <= now:
        start = timezone.localtime(now).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return {"scheduled_start_at": start, "scheduled_end_at": start + timedelta(hours=1)}


def _enter(window: MaintenanceWindow, days: dict[date, Day], others: Iterable[MaintenanceWindow]) -> None:
    begins, ends = timezone.localtime(window.scheduled_start_at), timezone.localtime(window.scheduled_end_at)
    overlaps = tuple(other.title for other in others if _collide(window, other))
    last = (ends - timedelta(microseconds=1)).date()  # midnight is the end of the day before
    for day in days.values():
        if begins.date() <= day.date <= last:
            day.entries.append(Entry(window, begins, ends, overlaps))


def _collide(one: MaintenanceWindow, other: MaintenanceWindow) -> bool:
    if one.pk == other.pk:
        return False
    at_once = one.scheduled_start_at < other.scheduled_end_at and other.scheduled_start_at < one.scheduled_end_at
    return at_once and not {s.pk for s in one.services.all()}.isdisjoint(s.pk for s in other.services.all())


def _moved(first: date, days: int) -> date:
    return (first + timedelta(days=days)).replace(day=1)


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
