from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from incidents.api.dialect import SERVICE, Dialect
from incidents.api.errors import Failure
from incidents.api.paging import Page
from statussite.middleware import context_of

MEDIA_TYPE = "application/problem+json"


class ProblemDialect(Dialect):
    """`/api/v1`: snake_case, `{code, message, data}`, errors as RFC 9457 problems."""

    name = "problem"
    invalid_http = 400
    error_type = MEDIA_TYPE
    needs_key = False

    def success(self, request: HttpRequest, data: Any, message: str, now: datetime) -> dict[str, Any]:
        return {"code": 0, "message": message, "data": data}

    def nothing(self, request: HttpRequest, message: str, now: datetime) -> dict[str, Any]:
        return {"code": 0, "message": message}

    def listing(self, request: HttpRequest, page: Page, message: str, now: datetime) -> dict[str, Any]:
        return {
            "code": 0,
            "message": message,
            "items": page.items,
            "total": page.total,
            "pagination": page.figures,
            "timestamp": _instant(now),
        }

    def error(
        self, request: HttpRequest, failure: Failure, http: int, fields: list[dict[str, str]], now: datetime
    ) -> dict[str, Any]:
        context = context_of(request)
        always = {
            "type": f"{settings.SITE_URL}/errors/{failure.kind.type}/",
            "title": failure.kind.title,
            "status": http,
            "detail": failure.detail,
            "instance": request.path,
            "code": failure.kind.number,
            "i18n_key": failure.i18n_key,
            "request_id": context.request_id,
            "trace_id": context.trace_id,
            "span_id": context.span_id,
            "service": SERVICE,
            "timestamp": _instant(now),
        }
        if_any = {"i18n_args": failure.i18n_args, "errors": fields, "retry_after": failure.retry_after}
        return always | {member: value for member, value in if_any.items() if value}

    def path(self, name: str) -> str:
        return name

    def word(self, word: str) -> str:
        return str(word)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


PROBLEM = ProblemDialect()
