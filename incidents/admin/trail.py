"""The audit trail as a file: for spreadsheets and for programs."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.core.serializers.json import DjangoJSONEncoder

from incidents.admin.tables import csv_line
from incidents.models import AuditEntry

_COLUMNS = (
    *("id", "at", "actor", "via", "address", "token", "action"),
    *("subject_type", "subject_id", "subject_title", "before", "after"),
)
type Writer = Callable[[Iterable[AuditEntry]], Iterator[str]]


def as_csv(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """What was before and after as JSON in one cell."""
    yield csv_line(_COLUMNS)
    for entry in entries:
        yield csv_line(_cell(value) for value in _facts(entry).values())


def as_json_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    for entry in entries:
        yield _json(_facts(entry)) + "\n"


FORMATS: Mapping[str, tuple[Writer, str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "jsonl": (as_json_lines, "application/jsonl; charset=utf-8"),
}


def _facts(entry: AuditEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in _COLUMNS} | {"at": entry.at.isoformat()}


def _cell(value: object) -> object:
    return _json(value) if isinstance(value, dict) else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
