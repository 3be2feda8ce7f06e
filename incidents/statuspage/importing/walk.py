"""Statuspage lets an update say any status; our timelines are legal walks. What does not fit is kept as a note."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from incidents import lifecycle
from incidents.lifecycle import FINAL, MaintenanceStatus, Status
from incidents.models.history import RecordedUpdate


@dataclass(frozen=True)
class Kept:
    """A move of the source that is no move here. `as_` is what its update says instead."""

    at: datetime
    from_: Status | None  # None: its first update
    to: Status
    as_: Status


@dataclass(frozen=True)
class Walk:
    updates: tuple[RecordedUpdate, ...]
    kept: tuple[Kept, ...]
    added: RecordedUpdate | None = None  # a start that the source leaves out


def legal(told: Sequence[RecordedUpdate], last: Status, *, first: Status, start: RecordedUpdate | None = None) -> Walk:
    """The updates of `told` (oldest first) as a legal walk that ends in `last`, if that is final.

    `first`: the status of a first update which claims that all is over, but others follow. `start`: what is
    added where maintenance was completed and nobody said that it began.
    """
    updates: list[RecordedUpdate] = []
    kept: list[Kept] = []
    added = None
    for n, update in enumerate(told):
        current = updates[-1].status if updates else None
        is_newest = n == len(told) - 1
        status = _end(current, update.status, last) if is_newest else _status(current, update.status, first)
        if start and (current, status) == (MaintenanceStatus.SCHEDULED, MaintenanceStatus.COMPLETED):
            at = min(max(start.display_at, updates[-1].display_at), update.display_at)
            added = replace(start, display_at=at, created_at=at)
            updates.append(added)
        if status != update.status:
            kept.append(Kept(update.display_at, current, update.status, status))
        updates.append(replace(update, status=status))
    return Walk(tuple(updates), tuple(kept), added)


def _status(current: Status | None, says: Status, first: Status) -> Status:
    """What an update that others follow may say."""
    if current is None:
        return first if says in FINAL else says
    return says if says not in FINAL and says in lifecycle.MOVES[current] else current


def _end(current: Status | None, says: Status, last: Status) -> Status:
    """What the newest update says: it closes whatever is over, by its own word or by that of the record."""
    over = says if says in FINAL else last if last in FINAL else None
    if over:
        return over
    return says if current is None or says in lifecycle.MOVES[current] else current
