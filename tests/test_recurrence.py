"""Recurring times by the wall clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.recurrence import Unreadable, check, occurrences

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 3, 1, 3, 30, tzinfo=BERLIN)  # a Sunday


def found(rule: str, days: int, first: datetime = FIRST, zone: ZoneInfo = BERLIN) -> list[str]:
    """The first `days` days, as UTC."""
    after = first - timedelta(seconds=1)
    return [f"{at:%m-%d %H:%M}" for at in occurrences(rule, first, zone, after, first + timedelta(days=days))]


def test_when_summer_time_begins_the_clock_on_the_wall_stays() -> None:
    assert found("FREQ=WEEKLY;BYDAY=SU", 36) == [
        *("03-01 02:30", "03-08 02:30", "03-15 02:30", "03-22 02:30"),
        *("03-29 01:30", "04-05 01:30"),
    ]


def test_when_it_ends_too() -> None:
    assert found("FREQ=DAILY", 2, datetime(2026, 10, 24, 3, 30, tzinfo=BERLIN)) == [
        *("10-24 01:30", "10-25 02:30", "10-26 02:30")
    ]


def test_a_time_that_summer_time_skips_is_an_hour_later_that_day() -> None:
    skipped = found("FREQ=DAILY", 2, datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN))
    assert skipped == ["03-28 01:30", "03-29 01:30", "03-30 00:30"]


def test_a_time_that_comes_twice_is_the_first() -> None:
    assert found("FREQ=DAILY", 1, datetime(2026, 10, 24, 2, 30, tzinfo=BERLIN)) == ["10-24 00:30", "10-25 00:30"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=1TU", ["03-03 03:30", "04-07 03:30"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["03-31 03:30", "04-30 03:30"]),
        ("FREQ=WEEKLY;INTERVAL=4;COUNT=2", ["03-01 03:30", "03-29 03:30"]),
        ("FREQ=DAILY;UNTIL=20260302", ["03-01 03:30"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3", ["03-02 03:30", "03-04 03:30", "03-09 03:30"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", []),
    ],
)
def test_rules_of_every_kind(rule: str, expected: list[str]) -> None:
    assert found(rule, 60, FIRST.replace(tzinfo=UTC), ZoneInfo("UTC")) == expected


def test_a_rule_that_nothing_fits_is_not_looked_for_for_ever() -> None:
    until = FIRST + timedelta(days=400)
    assert list(occurrences("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", FIRST, BERLIN, FIRST, until)) == []


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "weekly",
        "FREQ=HOURLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY;UNTIL=20260302T000000Z",
        "FREQ=DAILY;UNTIL=20269999",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;COUNT=3;UNTIL=20260401",
        "FREQ=DAILY\nEXDATE:20260302",
        "FREQ=MONTHLY;BYMONTH=13",
        "FREQ=DAILY;" + "WKST=MO;" * 40,
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(Unreadable):
        check(rule, FIRST)
