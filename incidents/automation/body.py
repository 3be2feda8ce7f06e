"""Reading what somebody else's program sent: every field that is not as expected is named."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from incidents.errors import FieldError, Invalid

MAX_ALERTS = 500
MAX_LABEL = 200
MAX_SUMMARY = 1000


class Body:
    """An object of the message; `path` is where it stands."""

    def __init__(self, content: Mapping[str, Any], path: str = "") -> None:
        self.content = content
        self.path = path

    def text(self, name: str) -> str:
        value = self.content.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(name, "Must be a text.")
        return value.strip()

    def text_or(self, name: str, default: str = "") -> str:
        return self.text(name) if self.content.get(name) else default

    def one_of(self, name: str, choices: Mapping[str, bool]) -> bool:
        value = self.text(name)
        if value not in choices:
            raise self.fault(name, f"Use one of: {', '.join(choices)}.")
        return choices[value]

    def instant(self, name: str) -> datetime:
        """Without a zone it is UTC."""
        try:
            found = parse_datetime(self.text(name))
        except ValueError:
            found = None
        if found is None:
            raise self.fault(name, "Must be a time such as 2026-11-21T12:00:00Z.")
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def instant_or(self, name: str, default: datetime) -> datetime:
        return self.instant(name) if self.content.get(name) else default

    def part(self, name: str) -> "Body":
        value = self.content.get(name)
        if not isinstance(value, dict):
            raise self.fault(name, "Must be an object.")
        return Body(value, self._of(name))

    def part_or_nothing(self, name: str) -> "Body":
        return self.part(name) if self.content.get(name) else Body({}, self._of(name))

    def parts(self, name: str) -> "list[Body]":
        value = self.content.get(name)
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.fault(name, "Must be a list of objects.")
        if len(value) > MAX_ALERTS:
            raise self.fault(name, f"At most {MAX_ALERTS} at once.")
        return [Body(one, f"{self._of(name)}[{n}]") for n, one in enumerate(value)]

    def labels(self) -> dict[str, str]:
        """Each value as a short text, so that rules can be compared with it."""
        plain = {name: value for name, value in self.content.items() if isinstance(value, str | int | float)}
        return {name[:MAX_LABEL]: str(value)[:MAX_LABEL] for name, value in plain.items()}

    def fault(self, name: str, description: str) -> Invalid:
        return Invalid(FieldError(self._of(name), "invalid", description))

    def _of(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name
