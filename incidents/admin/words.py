"""How the desk names statuses, levels and moves."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents import errors, lifecycle
from incidents.lifecycle import IncidentStatus, MaintenanceStatus, Status

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


def openings() -> list[tuple[str, SafeString]]:
    order = (*lifecycle.OPEN_INCIDENT, _I.DRAFT, _I.RESOLVED)
    return [(str(to), _with_sentence(_AS_OPENING.get(to, capital(to)), _opening_sentence(to))) for to in order]


def _opening_sentence(to: Status) -> str:
    return lifecycle.default_message(to) or str(_WITHOUT_SENTENCE[to])


def _with_sentence(name: object, sentence: str) -> SafeString:
    return format_html("<strong>{}</strong> <small>{}</small>", name, gettext(sentence))
