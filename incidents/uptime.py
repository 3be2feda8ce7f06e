"""How much of a span a service was up: impacts + now → figures per day, window and month. Exact, no floats.

uptime = 1 − Σ(weight × overlapping impact time) / elapsed time. Overlapping impacts count once, at the worst level.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from incidents.severity import ServiceStatus, worst

WEIGHTS = {
    ServiceStatus.MAJOR_OUTAGE: Fraction(1),
    ServiceStatus.PARTIAL_OUTAGE: Fraction(3, 10),
}


@dataclass(frozen=True)
class Stretch:
    """One service at one level for a time; `end` is None while it lasts."""

    level: ServiceStatus
    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class Figures:
    """What one span was like. `uptime` is a share from 0 to 1, None where the service did not exist; `downtime` is
    what it misses: the time at each level by its weight."""

    worst: ServiceStatus
    affected: timedelta
    uptime: Fraction | None
    downtime: timedelta


@dataclass(frozen=True)
class Day(Figures):
    date: date


def figures(stretches: Iterable[Stretch], start: datetime, end: datetime, *, since: datetime, now: datetime) -> Figures:
    """The span [start, end), cut to what has elapsed by `now` and to the service's life, which began at `since`."""
    start, end = max(start, since), min(end, now)
    if start >= end:
        return Figures(ServiceStatus.OPERATIONAL, timedelta(), None, timedelta())
    pieces = _flatten(stretches, start, end)
    if not pieces:  # as nearly always
        return Figures(ServiceStatus.OPERATIONAL, timedelta(), Fraction(1), timedelta())
    lost = sum((WEIGHTS.get(level, Fraction(0)) * _microseconds(length) for level, length in pieces), Fraction(0))
    return Figures(
        worst=worst(level for level, _ in pieces),
        affected=sum((length for _, length in pieces), timedelta()),
        uptime=1 - lost / _microseconds(end - start),
        downtime=timedelta(microseconds=round(lost)),
    )


def series(
    stretches: Sequence[Stretch], edges: Iterable[datetime], *, since: datetime, now: datetime
) -> Iterator[Figures]:
    """The span between each edge and the next, in order."""
    for start, end in pairwise(edges):
        touching = [s for s in stretches if s.start < end and (s.end is None or s.end > start)]
        yield figures(touching, start, end, since=since, now=now)


def days(
    stretches: Sequence[Stretch], first: date, last: date, *, zone: ZoneInfo, since: datetime, now: datetime
) -> tuple[Day, ...]:
    """Each day from `first` to `last`, both included, as the calendar of `zone` cuts them (23 to 25 hours)."""
    dates = [first + timedelta(days=n) for n in range((last - first).days + 2)]
    found = series(stretches, (midnight(day, zone) for day in dates), since=since, now=now)
    return tuple(Day(f.worst, f.affected, f.uptime, f.downtime, day) for day, f in zip(dates, found, strict=False))


def percent(share: Fraction | None) -> Decimal | None:
    """Two digits, rounded down: 100.00 only where nothing was lost."""
    if share is None:
        return None
    hundredths = share * 10_000
    floor = Decimal(hundredths.numerator // hundredths.denominator)
    return (floor / 100).quantize(Decimal("0.01"), ROUND_FLOOR)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def last_change(stretches: Sequence[Stretch]) -> datetime | None:
    """The last instant at which the worst of these levels became another one; None if it never did."""
    edges = {edge for stretch in stretches for edge in (stretch.start, stretch.end) if edge}
    return next((at for at in sorted(edges, reverse=True) if _before(stretches, at) is not _from(stretches, at)), None)


def _before(stretches: Sequence[Stretch], at: datetime) -> ServiceStatus:
    return worst(s.level for s in stretches if s.start < at and (s.end is None or s.end >= at))


def _from(stretches: Sequence[Stretch], at: datetime) -> ServiceStatus:
    return worst(s.level for s in stretches if s.start <= at and (s.end is None or s.end > at))


def _flatten(stretches: Iterable[Stretch], start: datetime, end: datetime) -> list[tuple[ServiceStatus, timedelta]]:
    """Pieces without overlap, each at the worst level that holds in it."""
    cut = [
        (s.level, max(s.start, start), min(s.end or end, end))
        for s in stretches
        if s.level is not ServiceStatus.OPERATIONAL and s.start < end and (s.end is None or s.end > start)
    ]
    if not cut:
        return []
    edges = sorted({edge for _, a, b in cut for edge in (a, b)})
    pieces: list[tuple[ServiceStatus, timedelta]] = []
    for a, b in pairwise(edges):
        level = worst(level for level, x, y in cut if x <= a and b <= y)
        if level is not ServiceStatus.OPERATIONAL:
            pieces.append((level, b - a))
    return pieces


def _microseconds(length: timedelta) -> int:
    return length // timedelta(microseconds=1)
