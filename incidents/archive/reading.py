import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.serializers import python
from django.core.serializers.base import DeserializationError, DeserializedObject
from django.db import DatabaseError, connection, models, transaction

from incidents import rules
from incidents.archive.contents import CONTENTS, FORMAT, RENUMBERED, VERSION
from incidents.errors import Invalid
from incidents.models import Actor, AuditEntry, Event
from incidents.models.transaction import in_one_transaction

_MODELS = {model._meta.model_name: model for model in CONTENTS}

_FAULTS = (
    *(ValueError, TypeError, KeyError, AttributeError),
    *(Invalid, FieldDoesNotExist, DeserializationError, DatabaseError),
)


class Unreadable(Exception):
    """Nothing was imported; says where and why."""


def restore(text: Iterable[str], *, by: Actor, now: datetime, rehearsal: bool = False) -> Counter[str]:
    """Takes in a whole archive, or nothing; returns how many records of each kind. Tells nobody.

    `rehearsal`: takes all of it back at the end. Raises Unreadable, Busy.
    """
    with transaction.atomic():
        _refuse_unless_empty()
        counted = _restore(text, by=by, now=now)
        transaction.set_rollback(rehearsal)
    return counted


@in_one_transaction
def _restore(text: Iterable[str], *, by: Actor, now: datetime) -> Counter[str]:
    counted: Counter[str] = Counter()
    for number, line in _numbered(text):
        try:
            counted[_save(json.loads(line), now)] += 1
        except _FAULTS as error:
            raise Unreadable(f"Line {number}: {_reason(error)}") from error
    try:
        connection.check_constraints()
    except DatabaseError as error:
        raise Unreadable(f"It refers to something that it does not hold: {_reason(error)}") from error
    entry = AuditEntry.record("imported", "An archive", by=by, now=now, after=dict(counted))
    # It belongs to no incident: so every page is made anew.
    Event.record("archive.imported", entry, now=now, public=True, payload=dict(counted))
    return counted


def _numbered(text: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The records, after a look at the header."""
    numbered = iter(enumerate(text, 1))
    _, first = next(numbered, (1, ""))
    try:
        header = json.loads(first)
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise Unreadable("This is no archive: the first line does not say so.")
    if header.get("version") != VERSION:
        raise Unreadable(f"It has version {header.get('version')}; this program reads version {VERSION}.")
    yield from ((number, line) for number, line in numbered if line.strip())


def _save(record: dict[str, Any], now: datetime) -> str:
    kind = record["kind"]
    if kind not in _MODELS:
        raise ValueError(f"There is no kind {kind}.")
    model = _MODELS[kind]
    rules.check(record["fields"], now).raise_any()
    key = None if model in RENUMBERED else record["id"]
    given = {"model": model._meta.label_lower, "pk": key, "fields": record["fields"]}
    found: DeserializedObject = next(iter(python.Deserializer([given])))
    _insert(found)
    return str(kind)


def _insert(found: DeserializedObject) -> None:
    """As a new row: two records of one id are a fault, not a change."""
    row: models.Model = found.object
    row.save_base(raw=True, force_insert=True)
    for name, chosen in (found.m2m_data or {}).items():
        getattr(row, name).set(chosen)


def _refuse_unless_empty() -> None:
    held = [str(m._meta.verbose_name_plural) for m in CONTENTS if m is not AuditEntry and m._base_manager.exists()]
    if held:
        raise Unreadable(f"An archive is imported where there is nothing yet. Here are: {', '.join(held)}.")


def _reason(error: Exception) -> str:
    return f"{error}".partition("\n")[0] or type(error).__name__
