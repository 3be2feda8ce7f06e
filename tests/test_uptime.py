"""Uptime figures against a naive count, minute by minute, on each zone's calendar and across changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import uptime
from incidents.severity import ServiceStatus, worst
from incidents.uptime import WEIGHTS, Stretch

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")]
MINUTE = timedelta(minutes=1)

# Days around both changes of the clock, so that some have 23, 23½, 24½ or 25 hours.
first_days = st.sampled_from(
    [date(2026, 3, 7), date(2026, 3, 28), date(2026, 4, 4), date(2026, 10, 3), date(2026, 10, 24)]
)


@st.composite
def stretches(draw: st.DrawFn, first: date) -> list[Stretch]:
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    found = []
    for _ in range(draw(st.integers(0, 6))):
        start = begin + draw(st.integers(0, 5 * 1440)) * MINUTE
        length = draw(st.none() | st.integers(0, 2 * 1440))
        level = draw(st.sampled_from(list(ServiceStatus)))
        found.append(Stretch(level, start, None if length is None else start + length * MINUTE))
    return found


def naive(hits: list[Stretch], minutes: list[datetime]) -> tuple[ServiceStatus, timedelta, Fraction | None]:
    """Asks every minute for itself which level held."""
    if not minutes:
        return ServiceStatus.OPERATIONAL, timedelta(), None
    levels = [worst(h.level for h in hits if h.start <= at and (h.end is None or at < h.end)) for at in minutes]
    lost = sum((WEIGHTS.get(level, Fraction(0)) for level in levels), Fraction(0))
    down = sum(level is not ServiceStatus.OPERATIONAL for level in levels)
    return worst(levels), down * MINUTE, 1 - lost / len(minutes)


def minutes_of(day: date, zone: ZoneInfo, since: datetime, now: datetime) -> list[datetime]:
    """Every minute whose local date is `day`, found without any arithmetic on midnights."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    every = (begin + n * MINUTE for n in range(3 * 1440))
    return [at for at in every if at.astimezone(zone).date() == day and since <= at < now]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), first=first_days, zone=st.sampled_from(ZONES))
def test_the_days_equal_a_count_minute_by_minute(data: st.DataObject, first: date, zone: ZoneInfo) -> None:
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    hits = data.draw(stretches(first))
    since = begin + data.draw(st.integers(-1440, 1440)) * MINUTE
    now = begin + data.draw(st.integers(1440, 4 * 1440)) * MINUTE

    days = uptime.days(hits, first, first + timedelta(days=2), zone=zone, since=since, now=now)

    for day in days:
        assert (day.worst, day.affected, day.uptime) == naive(hits, minutes_of(day.date, zone, since, now))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), first=first_days)
def test_any_span_equals_a_count_minute_by_minute(data: st.DataObject, first: date) -> None:
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    hits = data.draw(stretches(first))
    length = data.draw(st.integers(0, 3 * 1440))

    found = uptime.figures(hits, start, start + length * MINUTE, since=start, now=start + timedelta(days=9))

    assert (found.worst, found.affected, found.uptime) == naive(hits, [start + n * MINUTE for n in range(length)])


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Fraction(1), "100.00"),
        (1 - Fraction(1, 10**9), "99.99"),
        (Fraction(2, 3), "66.66"),
        (Fraction(0), "0.00"),
    ],
)
def test_percentages_are_rounded_down(share: Fraction, shown: str) -> None:
    assert uptime.percent(share) == Decimal(shown)


def test_no_value_stays_none() -> None:
    assert uptime.percent(None) is None


@given(st.data())
def test_the_last_change_is_the_last_edge_before_which_another_level_held(data: st.DataObject) -> None:
    hits = data.draw(stretches(data.draw(first_days)))

    def level(at: datetime) -> ServiceStatus:
        return worst(h.level for h in hits if h.start <= at and (h.end is None or at < h.end))

    edges = {edge for hit in hits for edge in (hit.start, hit.end) if edge}
    changes = [at for at in edges if level(at) is not level(at - MINUTE)]
    assert uptime.last_change(hits) == max(changes, default=None)
