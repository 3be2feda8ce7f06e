from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.http import HttpRequest

from incidents.api.dialect import SERVICE, Dialect
from incidents.api.errors import Failure
from incidents.api.letters import camel
from incidents.api.paging import Page
from statussite.middleware import context_of


class EnvelopeDialect(Dialect):
    """`/status/v1`: camelCase with UPPER_CASE words, `{data, error, meta}` around everything."""

    name = "envelope"
    invalid_http = 422
    error_type = "application/json"
    needs_key = True

    def success(self, request: HttpRequest, data: Any, message: str, now: datetime) -> dict[str, Any]:
        return {"data": _out(data), "error": None, "meta": _meta(request, now)}

    def nothing(self, request: HttpRequest, message: str, now: datetime) -> dict[str, Any]:
        return self.success(request, None, message, now)

    def listing(self, request: HttpRequest, page: Page, message: str, now: datetime) -> dict[str, Any]:
        body = self.success(request, page.items, message, now)
        body["meta"]["pagination"] = _out(page.figures)
        return body

    def error(
        self, request: HttpRequest, failure: Failure, http: int, fields: list[dict[str, str]], now: datetime
    ) -> dict[str, Any]:
        error: dict[str, Any] = {"code": failure.kind.code, "message": failure.detail, "http": http}
        if fields:
            error["details"] = fields
        return {"data": None, "error": error, "meta": _meta(request, now)}

    def path(self, name: str) -> str:
        return camel(name)

    def word(self, word: str) -> str:
        return word.upper()


def _out(value: Any) -> Any:
    """An enumerated word is the contract's, any other text a person's."""
    if isinstance(value, dict):
        return {camel(key): _out(found) for key, found in value.items()}
    if isinstance(value, list):
        return [_out(found) for found in value]
    return value.upper() if isinstance(value, StrEnum) else value


def _meta(request: HttpRequest, now: datetime) -> dict[str, Any]:
    timestamp = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"request_id": context_of(request).request_id, "service": SERVICE, "timestamp": timestamp}


ENVELOPE = EnvelopeDialect()
