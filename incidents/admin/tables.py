"""Lists of subscribers as CSV: written so that no spreadsheet runs what is in them, and read back."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from incidents import guard
from incidents.errors import Invalid, Violations
from incidents.models import Actor, Channel, DigestFrequency, Subscription

MOST_ROWS = 2000
_RUNS = ("=", "+", "-", "@", "\t", "\r", "'")  # what a spreadsheet takes for a formula, and our mark against it
_WRITTEN = ("email", "channel", "host", "confirmed", *Subscription.EDITABLE, "categories", "incidents")
_HEALTH = ("disabled", "failing_since", "created_at")
_TAKEN = ("email", "channel", "endpoint", *Subscription.EDITABLE, "categories", "incidents")
_LISTS = ("categories", "incidents")
_SWITCHES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def written(rows: Iterable[Subscription]) -> Iterator[str]:
    """Line by line. Of an endpoint only the host, of a secret nothing."""
    yield csv_line((*_WRITTEN, *_HEALTH))
    for row in rows:
        yield csv_line(
            [
                *(row.address, row.channel, row.host, row.verified_at is not None),
                *(getattr(row, name) for name in Subscription.EDITABLE),
                *(" ".join(row.categories), " ".join(row.followed)),
                *(row.disabled_because, row.failing_since or "", row.created_at),
            ]
        )


def csv_line(values: Iterable[object]) -> str:
    """In which no spreadsheet finds a formula."""
    out = StringIO()
    csv.writer(out).writerow([_tame(str(value)) for value in values])
    return out.getvalue()


def _tame(value: str) -> str:
    return f"'{value}" if value.startswith(_RUNS) else value


def _wild(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_RUNS) else cell.strip()


class Unreadable(Exception):
    """The table as a whole; says why."""


@dataclass
class Line:
    """`cells` as they came; `given` as `Subscription.bring_in` takes it; `fault`: why it is left out."""

    number: int
    cells: list[str]
    given: dict[str, Any] = field(default_factory=dict)
    fault: str = ""

    @property
    def name(self) -> str:
        return str(self.given.get("address") or self.cells[0])


@dataclass
class Table:
    header: list[str]
    lines: list[Line]

    @property
    def faulty(self) -> list[Line]:
        return [line for line in self.lines if line.fault]

    @property
    def sound(self) -> list[Line]:
        return [line for line in self.lines if not line.fault]

    @property
    def rest(self) -> str:
        """What is to be corrected and sent again, as it came."""
        out = StringIO()
        csv.writer(out).writerows([self.header, *(line.cells for line in self.faulty)])
        return out.getvalue() if self.faulty else ""

    def bring_in(self, *, confirmed: bool, by: Actor) -> tuple[int, int]:
        """How many are new, and how many were there. Who is refused now joins the faulty ones. Raises Busy."""
        new, known = 0, 0
        for line in self.sound:
            try:
                is_new = Subscription.bring_in(**line.given, confirmed=confirmed, by=by)
            except Invalid as error:
                line.fault = error.message
                continue
            new, known = new + is_new, known + (not is_new)
        return new, known


def read(text: str) -> Table:
    """A table with a header, or one address in each line. Raises Unreadable."""
    try:
        rows = [row for row in csv.reader(StringIO(text.lstrip("\ufeff")), strict=True) if any(map(str.strip, row))]
    except csv.Error as error:
        raise Unreadable(f"This is no CSV: {error}.") from error
    header = [cell.strip().lower().replace("address", "email") for cell in rows[0]] if rows else []
    if "email" not in header:
        header = ["email"]
    else:
        del rows[0]
    if unknown := [name for name in header if name not in {*_WRITTEN, *_HEALTH, *_TAKEN}]:
        raise Unreadable(f"There is no such column here: {', '.join(unknown)}.")
    if len(rows) > MOST_ROWS:
        raise Unreadable(f"At most {MOST_ROWS:,} lines at once; these are {len(rows):,}.")
    return Table(header, [_read(number, header, cells) for number, cells in enumerate(rows, 1)])


def _read(number: int, header: list[str], cells: list[str]) -> Line:
    line = Line(number, cells)
    if len(cells) > len(header):
        line.fault = f"It has {len(cells)} cells; there are {len(header)} columns."
        return line
    named = {name: _wild(cell) for name, cell in zip(header, cells, strict=False) if name in _TAKEN}
    found = Violations()
    line.given = {_names(name): _value(name, cell, found) for name, cell in named.items() if cell}
    line.given.setdefault("address", "")
    if not found.found:
        _check(line.given, found)
    line.fault = " ".join(f"{fault.field}: {fault.description}" for fault in found.found)
    return line


def _names(column: str) -> str:
    return "address" if column == "email" else column


def _value(name: str, cell: str, found: Violations) -> Any:
    if name in _LISTS:
        return cell.split()
    if name.startswith("notify_"):
        if cell.lower() not in _SWITCHES:
            found.add(name, "invalid", "Use yes or no.")
        return _SWITCHES.get(cell.lower())
    words: dict[str, list[str]] = {"channel": list(Channel), "digest_frequency": list(DigestFrequency)}
    if name in words and cell.lower() not in words[name]:
        found.add(name, "invalid_choice", f"Use one of: {', '.join(words[name])}.")
    return cell.lower() if name in words else cell


def _check(given: dict[str, Any], found: Violations) -> None:
    """What the domain would refuse, before anything is written."""
    channel, endpoint = given.get("channel", Channel.EMAIL), given.get("endpoint", "")
    found.extend(Subscription.check_new(given["address"]))
    found.extend(Subscription.check_endpoint(channel, endpoint))
    found.extend(Subscription.check_wishes(given))
    if endpoint and not found.found:
        found.extend(guard.check_typed("endpoint", endpoint, channel))
