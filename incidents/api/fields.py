"""The kinds of field that a body may have. Each says only whether a value can be read; `incidents.rules` judges it."""

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from incidents.errors import InvalidToken
from incidents.models import Incident, ServiceGroup, Subscription
from incidents.rules import tidy

_NUMBER = re.compile(r"[0-9]{1,40}", re.ASCII)
_SLUG = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MAX_SERVICES = 1000


class Text(serializers.CharField):
    """As it was typed: `rules.check` knows which characters and how many."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **kwargs)
        self.validators = []

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class Secret(serializers.CharField):
    """Not blank, and judged by whoever knows it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class MailedToken(serializers.CharField):
    """Not blank. What can be no token is refused like one that is none: raises InvalidToken."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, trim_whitespace=False, **kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        try:
            return super().run_validation(data)
        except serializers.ValidationError as error:
            raise InvalidToken from error

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class Switch(serializers.BooleanField):
    """true or false: JSON has both, so "yes" is a mistake."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Number(serializers.IntegerField):
    """A JSON integer (5.0 is none) that every database can hold."""

    def __init__(self, *, least: int, **kwargs: Any) -> None:
        super().__init__(min_value=least, max_value=2**31 - 1, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Day(serializers.DateField):
    default_error_messages = {"invalid": "Use a date such as 2026-11-21."}

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")


class WholeNumber(serializers.IntegerField):
    """From `least` to `most`, in ASCII digits and nothing else."""

    default_error_messages = {
        "invalid": "Use a whole number from {least}.",
        "max_value": "It must be at most {max_value}.",
    }

    def __init__(self, *, least: int = 1, most: int | None = None, **kwargs: Any) -> None:
        self.least = least
        super().__init__(min_value=least, max_value=most, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if not _NUMBER.fullmatch(str(data)) or int(data) < self.least:
            self.fail("invalid", least=self.least)
        return int(data)


class Slug(serializers.CharField):
    default_error_messages = {"invalid": "Use a slug: small letters, digits and hyphens."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not _SLUG.fullmatch(data):
            self.fail("invalid")
        return data


class Flag(serializers.BooleanField):
    """The words true and false, nothing that could stand for them."""

    default_error_messages = {"invalid": "Use true or false."}
    TRUE_VALUES = {"true", "True", "TRUE", True}
    FALSE_VALUES = {"false", "False", "FALSE", False}
    NULL_VALUES: set[str | None] = set()


class Instant(serializers.DateTimeField):
    """RFC 3339 with a zone; null counts as not given."""

    default_error_messages = {"invalid": "Use RFC 3339 with a zone, such as 2026-11-21T12:00:00Z."}

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
            self.fail("invalid")
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")


class Word(serializers.ChoiceField):
    """One of the contract's words, in either case."""

    default_error_messages = {"invalid_choice": "Use one of: {choices}."}

    def __init__(self, words: "tuple[StrEnum, ...] | type[StrEnum]", **kwargs: Any) -> None:
        self.words = {str(word): word for word in words}
        super().__init__(choices=list(self.words), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        word = self.words.get(data.lower()) if isinstance(data, str) else None
        if word is None:
            self.fail("invalid_choice", choices=", ".join(self.words))
        return word


class IncidentReference(serializers.Field[Incident, Any, Any, Any]):
    """The id of an incident."""

    default_error_messages = {"unknown_incident": "There is no such incident."}

    def to_internal_value(self, data: Any) -> Incident:
        named = isinstance(data, str) and re.fullmatch(r"[a-z0-9]{1,12}", data, re.ASCII)
        incident = Incident.objects.filter(pk=data).first() if named else None
        if incident is None:
            self.fail("unknown_incident")
        return incident


class GroupReference(serializers.Field[ServiceGroup, Any, Any, Any]):
    """The slug of a service group."""

    default_error_messages = {"unknown_group": "There is no such service group."}

    def to_internal_value(self, data: Any) -> ServiceGroup:
        group = ServiceGroup.objects.in_bulk(field_name="slug").get(data) if isinstance(data, str) else None
        if group is None:
            self.fail("unknown_group")
        return group


class Address(serializers.Field[str, Any, Any, Any]):
    """One e-mail address, as it was typed."""

    default_error_messages = {"not_a_string": "Give the address as a text."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_a_string")
        Subscription.check_new(data, self.field_name or "").raise_any()
        return tidy(data)


class Names(serializers.Field[list[str], Any, Any, Any]):
    """Slugs or ids. Which there are, the domain knows."""

    default_error_messages = {
        "not_a_list": "Give a list of texts.",
        "max_length": f"At most {MAX_SERVICES} of them.",
    }

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(isinstance(slug, str) for slug in data):
            self.fail("not_a_list")
        if len(data) > MAX_SERVICES:
            self.fail("max_length")
        return data
