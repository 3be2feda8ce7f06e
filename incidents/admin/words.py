"""How the desk names statuses, levels and moves."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents import errors, lifecycle
from incidents.lifecycle import IncidentStatus, MaintenanceStatus, Status
from incidents.models import Channel

_I, _M = IncidentStatus, MaintenanceStatus

_AS_NOTE: dict[Status, Any] = {
    _I.INVESTIGATING: _("Still investigating (note)"),
    _I.IDENTIFIED: _("Still working on the fix (note)"),
    _I.MONITORING: _("Still monitoring (note)"),
    _M.SCHEDULED: _("Still scheduled (note)"),
    _M.IN_PROGRESS: _("Still in progress (note)"),
}
_AS_MOVE: dict[Status, Any] = {
    _M.IN_PROGRESS: _("Start now"),
    _M.COMPLETED: _("Complete now"),
    _M.CANCELLED: _("Cancel the maintenance"),
}
_WITHOUT_SENTENCE: dict[Status, Any] = {_I.DRAFT: _("Nobody but ops sees it until you publish it.")}
_AS_OPENING: dict[Status, Any] = {
    _I.DRAFT: _("Draft"),
    _I.RESOLVED: _("Already over: record it in the history"),
}

CHANNELS: dict[str, Any] = {
    Channel.EMAIL: _("by e-mail"),
    Channel.WEBHOOK: _("by webhook"),
    Channel.SLACK: _("in Slack"),
    Channel.TEAMS: _("in Teams"),
    "": _("at endpoints that have left since"),
}


def capital(value: str) -> str:
    """A status, level or severity as people write it."""
    return errors.words(value).capitalize()


def choices(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(str(value), capital(value)) for value in values]


def moves(current: Status, allowed: Iterable[Status]) -> list[tuple[str, SafeString]]:
    """One radio per legal move, each with the sentence that is sent when no message is written."""
    found = []
    for to in allowed:
        note = lifecycle.is_note(current, to)
        name = (_AS_NOTE if note else _AS_MOVE).get(to, capital(to))
        found.append((str(to), _with_sentence(name, lifecycle.default_message(to, note=note))))
    return found


def sentence(current: Status, to: str) -> str:
    """What is said when no message is written with a move; nothing of what is no legal one."""
    allowed = [move for move in lifecycle.MOVES[current] if move == to]
    return "".join(lifecycle.default_message(move, note=lifecycle.is_note(current, move)) for move in allowed)


def openings() -> list[tuple[str, SafeString]]:
    order = (*lifecycle.OPEN_INCIDENT, _I.DRAFT, _I.RESOLVED)
    return [(str(to), _opening(to, _AS_OPENING.get(to, capital(to)))) for to in order]


def _opening(to: Status, name: object) -> SafeString:
    if to in _WITHOUT_SENTENCE:
        return format_html("<strong>{}</strong> <small>{}</small>", name, _WITHOUT_SENTENCE[to])
    return _with_sentence(name, lifecycle.default_message(to))


def _with_sentence(name: object, sentence: str) -> SafeString:
    """The script takes the sentence over into the message."""
    return format_html('<strong>{}</strong> <small class="desk-sentence">{}</small>', name, gettext(sentence))
