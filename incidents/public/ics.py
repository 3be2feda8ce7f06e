"""iCalendar as RFC 5545 has it: its lines, their escaping and their folding."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

MAX_LINE = 75  # octets, without the line break

_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_SIGNS = re.compile(r"[\\;,]")
# A calendar must hold something, and this one means nothing.
_EMPTY = (
    ("BEGIN", "VTIMEZONE"),
    ("TZID", "UTC"),
    ("BEGIN", "STANDARD"),
    ("DTSTART", "19700101T000000"),
    ("TZOFFSETFROM", "+0000"),
    ("TZOFFSETTO", "+0000"),
    ("END", "STANDARD"),
    ("END", "VTIMEZONE"),
)

type Property = tuple[str, str]  # name with its parameters, value as it is written


def calendar(name: str, events: Iterable[Iterable[Property]]) -> str:
    """`events`: the properties of each."""
    told = [line for event in events for line in (("BEGIN", "VEVENT"), *event, ("END", "VEVENT"))]
    lines = [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//statussite//status page//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("NAME", text(name)),
        ("X-WR-CALNAME", text(name)),
        ("REFRESH-INTERVAL;VALUE=DURATION", "PT15M"),
        ("X-PUBLISHED-TTL", "PT15M"),
        *(told or _EMPTY),
        ("END", "VCALENDAR"),
    ]
    return "".join(_folded(f"{name}:{value}") for name, value in lines)


def text(value: str) -> str:
    """Neither signs nor line breaks in it can end the value or begin another property."""
    return _BREAKS.sub(r"\\n", _SIGNS.sub(r"\\\g<0>", value))


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _folded(line: str) -> str:
    rest, parts, room = line.encode(), [], MAX_LINE
    while len(rest) > room:
        cut = room
        while rest[cut] & 0b1100_0000 == 0b1000_0000:  # never within a character
            cut -= 1
        parts.append(rest[:cut])
        rest, room = rest[cut:], MAX_LINE - 1  # the blank that begins the next line counts
    return b"\r\n ".join([*parts, rest]).decode() + "\r\n"
