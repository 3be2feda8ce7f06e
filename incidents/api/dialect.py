"""What a dialect decides: wrapping, letter case, the form of errors. Paths and everything else are the same."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from incidents.api.errors import VALIDATION, Failure
from incidents.api.letters import spellings
from incidents.api.paging import Page
from incidents.errors import FieldError

SERVICE = "status-svc"


class Dialect(ABC):
    name: str
    invalid_http: int  # the HTTP status of a field error
    error_type: str  # the media type of an error
    needs_key: bool  # whether every write must carry an idempotency key

    @abstractmethod
    def success(self, request: HttpRequest, data: Any, message: str, now: datetime) -> dict[str, Any]: ...

    @abstractmethod
    def listing(self, request: HttpRequest, page: Page, message: str, now: datetime) -> dict[str, Any]: ...

    @abstractmethod
    def nothing(self, request: HttpRequest, message: str, now: datetime) -> dict[str, Any]:
        """A success that has no content to show."""

    @abstractmethod
    def error(
        self, request: HttpRequest, failure: Failure, http: int, fields: list[dict[str, str]], now: datetime
    ) -> dict[str, Any]: ...

    @abstractmethod
    def path(self, name: str) -> str:
        """The name of a field, or a path to one, in this dialect's letter case."""

    @abstractmethod
    def word(self, word: str) -> str:
        """One of the contract's words, in this dialect's letter case."""

    def http(self, failure: Failure) -> int:
        return self.invalid_http if failure.kind is VALIDATION else failure.http

    def fields(self, failure: Failure, sent: Mapping[str, object]) -> list[dict[str, str]]:
        """What is wrong, field by field, each named as the client spelt it."""
        spelt = spellings(sent)
        return [
            {"field": self._named(error, spelt), "code": error.code, "description": error.description}
            for error in failure.fields
        ]

    def _named(self, error: FieldError, spelt: Mapping[str, str]) -> str:
        head = error.field.split("[")[0].split(".")[0]
        return spelt.get(head, self.path(head)) + self.path(error.field[len(head) :])
