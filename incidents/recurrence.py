"""When something that recurs begins: an RRULE over wall-clock time, so that a change of summer time moves nothing."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

MAX_RULE = 200
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAY = r"[+-]?\d{0,2}(?:MO|TU|WE|TH|FR|SA|SU)"
_MONTH, _MONTH_DAY = r"(?:[1-9]|1[0-2])", r"-?(?:[1-9]|[12]\d|3[01])"
_PARTS = {
    "FREQ": "|".join(FREQUENCIES),
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"\d{8}(?:T\d{6})?",
    "BYDAY": f"{_DAY}(?:,{_DAY})*",
    "BYMONTHDAY": f"{_MONTH_DAY}(?:,{_MONTH_DAY})*",
    "BYMONTH": f"{_MONTH}(?:,{_MONTH})*",
    "BYSETPOS": f"{_MONTH_DAY}(?:,{_MONTH_DAY})*",
    "WKST": "MO|TU|WE|TH|FR|SA|SU",
}


class Unreadable(ValueError):
    """Says what is wrong with the rule."""


def occurrences(rule: str, first: datetime, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """The beginnings after `after`, up to `until`, in UTC; none is before `first`, whose wall-clock time they have.

    A time that summer time skips is an hour later on that day; one that comes twice is the first. Raises Unreadable.
    """
    local = first.astimezone(zone).replace(tzinfo=None)
    for naive in _bounded(rule, local, until.astimezone(zone).replace(tzinfo=None)):
        at = naive.replace(tzinfo=zone).astimezone(UTC)
        if after < at <= until:
            yield at


def check(rule: str, first: datetime) -> None:
    """Raises Unreadable."""
    _read(rule, first.replace(tzinfo=None))


def _bounded(rule: str, local: datetime, until: datetime) -> Iterator[datetime]:
    """A rule that nothing fits, such as each 30 February, would be looked for until the year 9999."""
    found = _read(rule, local)
    last = min(found._until, until) if found._until else until
    return islice(found.replace(count=None, until=last), found._count)


def _read(rule: str, local: datetime) -> rrule:
    if len(rule) > MAX_RULE:
        raise Unreadable(f"At most {MAX_RULE} characters.")
    parts = [part.partition("=") for part in rule.upper().removeprefix("RRULE:").split(";")]
    names = [name for name, _, _ in parts]
    if "FREQ" not in names or len(set(names)) < len(names):
        raise Unreadable("Begin with FREQ=WEEKLY or the like, and say each thing once.")
    if {"COUNT", "UNTIL"} <= set(names):
        raise Unreadable("Say COUNT or UNTIL, not both.")
    for name, _, value in parts:
        if name not in _PARTS or not re.fullmatch(_PARTS[name], value, re.ASCII):
            raise Unreadable(f"{name}={value} is not understood. Known: {', '.join(_PARTS)}.")
    try:
        found: rrule = rrulestr(";".join(f"{name}={value}" for name, _, value in parts), dtstart=local)
    except ValueError as error:
        raise Unreadable(f"This is no rule: {error}.") from error
    return found
