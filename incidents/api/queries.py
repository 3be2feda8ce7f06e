"""The query string: what each read takes. Every known parameter is checked; nonsense is a bad request."""

from enum import StrEnum
from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError

from incidents.api.fields import Flag, Instant, MailedToken, Slug, WholeNumber, Word
from incidents.api.letters import snake
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.severity import Severity

MAX_DAYS = 90

DEFAULT_SIZE = 20
MAX_SIZE = 100


class Parameters(serializers.Serializer[Any]):
    """Named in either case; of one that is repeated the last counts, empty is absent, unknown ones are ignored."""

    def read(self, sent: QueryDict) -> dict[str, Any]:
        """Every parameter of this class, None where it was not given. Raises ParseError."""
        given = {snake(name): (name, str(value)) for name, value in sent.items() if value}
        return {name: self._read_one(field, *given.get(name, (name, None))) for name, field in self.fields.items()}

    def _read_one(self, field: Any, spelt: str, value: str | None) -> Any:
        """`spelt`: the name, as the client wrote it."""
        if value is None:
            if field.required:
                raise ParseError(f"The parameter {spelt} is missing.")
            return field.initial
        try:
            return field.run_validation(value)
        except ValidationError as error:
            raise ParseError(f"The parameter {spelt} is wrong: {_sentence(error)}") from error


def _sentence(error: ValidationError) -> str:
    return str(error.detail[0] if isinstance(error.detail, list) else error.detail)


def optional(words: "tuple[StrEnum, ...] | type[StrEnum]") -> Word:
    return Word(words, required=False, initial=None)


def page_size() -> WholeNumber:
    return WholeNumber(required=False, initial=DEFAULT_SIZE, most=MAX_SIZE)


def verbatim() -> serializers.CharField:
    """Compared as it is; longer than any column, it would fit nothing."""
    return serializers.CharField(required=False, initial=None, max_length=255, trim_whitespace=False)


class Paged(Parameters):
    page = WholeNumber(required=False, initial=1, help_text="Counted from 1; behind the last one it is empty.")
    page_size = page_size()


class IncidentFilters(Paged):
    severity = optional(Severity)
    status = optional(IncidentStatus)
    service = Slug(required=False, initial=None, help_text="Only what has hit this service.")


class SubscriptionFilters(Paged):
    verified = Flag(required=False, initial=None)


class Holder(Parameters):
    token = MailedToken(required=False, initial=None, help_text="As it was mailed, where the path has none.")


class Whose(Parameters):
    email = serializers.CharField(trim_whitespace=False, help_text="One e-mail address.")


class MaintenanceFilters(Paged):
    status = optional(MaintenanceStatus)


class Following(Parameters):
    after = WholeNumber(
        required=False, initial=0, least=0, most=2**63 - 1, help_text="The id of the last event that you have seen."
    )
    page_size = page_size()


class AuditFilters(Paged):
    subject_type = verbatim()
    subject_id = verbatim()
    actor = verbatim()
    action = verbatim()
    via = verbatim()
    since = Instant(required=False, initial=None, help_text="At this instant or later.")
    until = Instant(required=False, initial=None, help_text="Before this instant.")


class HistorySpan(Parameters):
    days = WholeNumber(required=False, initial=MAX_DAYS, most=MAX_DAYS, help_text="How many, today among them.")
    service = Slug(required=False, initial=None, help_text="Only this one.")


class Range(StrEnum):
    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"


class MetricSpan(Parameters):
    service = Slug()
    range = Word(Range, required=False, initial=Range.DAY)
