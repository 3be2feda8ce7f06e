"""Reads one field of one record of a document; raises Invalid, naming the field, where it is not what it must be."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, NoReturn

from incidents.errors import FieldError, Invalid

type Record = Mapping[str, Any]

_SURROGATE = re.compile("[\ud800-\udfff]")


def refuse(field: str, code: str, rule: str) -> NoReturn:
    raise Invalid(FieldError(field, code, rule))


def record(value: object, field: str) -> Record:
    if not isinstance(value, dict):
        refuse(field, "wrong_type", "Must be an object.")
    return value


def records(of: Record, field: str) -> list[Record]:
    """A list of objects; empty where the field is null or absent."""
    value = of.get(field) or []
    if not isinstance(value, list):
        refuse(field, "wrong_type", "Must be a list.")
    return [record(item, field) for item in value]


def text(of: Record, field: str) -> str:
    """Empty where the field is null or absent."""
    value = of.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        refuse(field, "wrong_type", "Must be a text.")
    if _SURROGATE.search(value):
        refuse(field, "invalid_characters", "Contains characters that cannot be stored or shown.")
    return value


def identifier(of: Record, field: str = "id") -> str:
    value = of.get(field)
    if not isinstance(value, str) or not value:
        refuse(field, "required", "Every record needs an id.")
    return value


def number(of: Record, field: str) -> int:
    value = of.get(field)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        refuse(field, "wrong_type", "Must be a whole number from 0.")
    return value


def instant(of: Record, field: str) -> datetime:
    found = optional_instant(of, field)
    return found or refuse(field, "required", "Must be given.")


def optional_instant(of: Record, field: str) -> datetime | None:
    value = text(of, field)
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    return refuse(field, "invalid_instant", "Must be a date and time with a zone, such as 2026-11-21T12:00:00.000Z.")


def optional_day(of: Record, field: str) -> date | None:
    value = text(of, field)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return refuse(field, "invalid_date", "Must be a date such as 2026-11-21.")


def choice[S: StrEnum](of: Record, field: str, words: Mapping[str, S]) -> S:
    value = text(of, field)
    if value not in words:
        refuse(field, "invalid_choice", f"“{value[:40]}” is none of {', '.join(words)}.")
    return words[value]
