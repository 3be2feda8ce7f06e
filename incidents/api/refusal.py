"""The one place where a failure becomes an answer, whether DRF met it, Django, or nobody."""

import json
import logging
from collections.abc import Mapping

from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.utils.encoders import JSONEncoder

from incidents.api.dialect import Dialect
from incidents.api.envelope import ENVELOPE
from incidents.api.errors import failure_of, is_foreseen
from incidents.api.problem import MEDIA_TYPE, PROBLEM

log = logging.getLogger(__name__)

_PREFIXES: tuple[tuple[str, Dialect], ...] = (
    ("/status/v1", ENVELOPE),
    ("/status", PROBLEM),
    ("/api", PROBLEM),
    ("/hooks", PROBLEM),
)


def dialect_of(path: str) -> Dialect | None:
    """None outside the API."""
    fits = (dialect for prefix, dialect in _PREFIXES if path == prefix or path.startswith(f"{prefix}/"))
    return next(fits, None)


def refuse(
    request: HttpRequest, error: BaseException, dialect: Dialect, sent: Mapping[str, object] | None = None
) -> HttpResponse:
    """`sent`: the body, so that its fields can be named as they were spelt. The status is the dialect's, the form
    too, unless the client asks for a problem."""
    failure = failure_of(error)
    http, fields = dialect.http(failure), dialect.fields(failure, sent or {})
    form = PROBLEM if MEDIA_TYPE in request.headers.get("Accept", "").lower() else dialect
    body = form.error(request, failure, http, fields, timezone.now())
    return HttpResponse(to_json(body), status=http, content_type=form.error_type, headers=failure.headers)


def to_json(body: object) -> bytes:
    """Readable UTF-8; a lone surrogate that a client sent comes back escaped."""
    text = json.dumps(body, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="backslashreplace")


def report(request: HttpRequest, error: Exception) -> None:
    """An unforeseen error is told to the log in full, and to nobody else."""
    if is_foreseen(error):
        return
    log.error("unforeseen error in the API", exc_info=error, extra={"method": request.method})
    got_request_exception.send(sender=None, request=request)
