"""Where an incident or a maintenance window may go next, and what is said when nobody writes a text."""

from enum import StrEnum

from incidents.errors import InvalidTransition


class IncidentStatus(StrEnum):
    DRAFT = "draft"
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class MaintenanceStatus(StrEnum):
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


type Status = IncidentStatus | MaintenanceStatus

_I, _M = IncidentStatus, MaintenanceStatus

# A status that may follow itself takes notes: updates that keep it.
MOVES: dict[Status, tuple[Status, ...]] = {
    _I.DRAFT: (_I.INVESTIGATING, _I.IDENTIFIED, _I.MONITORING),
    _I.INVESTIGATING: (_I.INVESTIGATING, _I.IDENTIFIED, _I.MONITORING, _I.RESOLVED),
    _I.IDENTIFIED: (_I.IDENTIFIED, _I.MONITORING, _I.RESOLVED),
    _I.MONITORING: (_I.MONITORING, _I.RESOLVED),
    _I.RESOLVED: (),
    _M.SCHEDULED: (_M.SCHEDULED, _M.IN_PROGRESS, _M.CANCELLED),
    _M.IN_PROGRESS: (_M.IN_PROGRESS, _M.COMPLETED, _M.CANCELLED),
    _M.COMPLETED: (),
    _M.CANCELLED: (),
}

OPEN_INCIDENT = (_I.INVESTIGATING, _I.IDENTIFIED, _I.MONITORING)
FINAL: tuple[Status, ...] = tuple(status for status, moves in MOVES.items() if not moves)


def check(current: Status, to: Status) -> None:
    """Raises InvalidTransition unless `to` may follow `current`."""
    if to not in MOVES[current]:
        raise InvalidTransition(current, to, MOVES[current])


def is_note(current: Status, to: Status) -> bool:
    return current == to


_FIRST_WORDS: dict[Status, str] = {
    _I.DRAFT: "",
    _I.INVESTIGATING: "We are currently investigating this issue.",
    _I.IDENTIFIED: "The issue has been identified and a fix is being implemented.",
    _I.MONITORING: "A fix has been implemented and we are monitoring the results.",
    _I.RESOLVED: "This incident has been resolved.",
    _M.SCHEDULED: "We will be undergoing scheduled maintenance during this time.",
    _M.IN_PROGRESS: "Scheduled maintenance is currently in progress. We will provide updates as necessary.",
    _M.COMPLETED: "The scheduled maintenance has been completed.",
    _M.CANCELLED: "The scheduled maintenance has been cancelled.",
}

_WORDS_OF_A_NOTE: dict[Status, str] = {
    _I.INVESTIGATING: "We are continuing to investigate this issue.",
    _I.IDENTIFIED: "We are continuing to work on a fix for this issue.",
    _I.MONITORING: "We are continuing to monitor for any further issues.",
    _M.SCHEDULED: "The maintenance is going ahead as planned.",
    _M.IN_PROGRESS: "Scheduled maintenance is still in progress. We will provide updates as necessary.",
}

OF_AN_EXTENSION = "The maintenance will take longer than planned: its planned end has been moved."


def default_message(to: Status, *, note: bool = False) -> str:
    """The text of an update whose message is left empty (Statuspage's sentences)."""
    return _WORDS_OF_A_NOTE[to] if note else _FIRST_WORDS[to]
