"""Posts to a server of somebody else's, who may hang, drip, flood, redirect, or be somewhere that is none of theirs."""

import ssl
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus

import httpcore
import httpx
from django.conf import settings

from incidents import guard
from incidents.notify.transport import Failed, Sent, TransportError
from incidents.notify.wire import Wire

SECONDS = 15.0  # for all of it: finding, connecting, and every byte
COURTESY_SECONDS = 1.0  # for the body of an answer whose status is known
LONGEST_WAIT = timedelta(hours=24)

_BUSY = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
# The first that fits.
_FAILURES = (
    (guard.Refused, Failed.BLOCKED),
    (guard.Unknown, Failed.NAME),
    (guard.Unanswered, Failed.NAME),
    (TimeoutError, Failed.TIMEOUT),
    (ssl.SSLError, Failed.TLS),
    (OSError, Failed.CONNECTION),
    (httpcore.RemoteProtocolError, Failed.CONNECTION),
)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    gone: Collection[int] = (HTTPStatus.GONE,),
) -> Sent:
    """Follows no redirect and heeds no proxy of the environment. `gone`: by which status the receiver says that it
    wants nothing ever again. Raises TransportError for everything but a 2xx.
    """
    named = {"User-Agent": f"Statussite (+{settings.SITE_URL}/)", **headers}
    answer = _ask(url, body, named)
    status = answer.status
    if 200 <= status < 300:
        return Sent(status)
    failed = Failed.REDIRECT if 300 <= status < 400 else Failed.STATUS
    is_gone = status in gone
    wait = _retry_after(answer, datetime.now(UTC)) if status in _BUSY else None
    raise TransportError(failed, status, permanent=is_gone, gone=is_gone, retry_after=wait)


def _ask(url: str, body: bytes, headers: Mapping[str, str]) -> httpcore.Response:
    """Its body has been read, or as much of it as there was time for."""
    try:
        target = guard.parse(url)
        wire = Wire(target, SECONDS)
        address = httpcore.URL(
            scheme=target.raw_scheme, host=target.raw_host, port=guard.port(target), target=target.raw_path
        )
        with (
            httpcore.HTTPConnection(address.origin, ssl_context=_trusted(), network_backend=wire) as connection,
            connection.stream("POST", address, headers=list(headers.items()), content=body) as answer,
        ):
            wire.deadline.hurry(COURTESY_SECONDS)
            with suppress(OSError, httpcore.RemoteProtocolError):
                for _ in answer.iter_stream():
                    pass
            return answer
    except tuple(kind for kind, _ in _FAILURES) as error:
        failed = next(failed for kind, failed in _FAILURES if isinstance(error, kind))
        raise TransportError(failed) from error


def _retry_after(answer: httpcore.Response, now: datetime) -> timedelta | None:
    """None where nothing was asked for that makes sense."""
    asked = next((value.decode("latin-1") for name, value in answer.headers if name.lower() == b"retry-after"), "")
    wait = _seconds(asked) if asked.isascii() and asked.isdigit() else _until(asked, now)
    return min(wait, LONGEST_WAIT) if wait and wait > timedelta(0) else None


def _seconds(asked: str) -> timedelta:
    return LONGEST_WAIT if len(asked) > 9 else timedelta(seconds=int(asked))


def _until(asked: str, now: datetime) -> timedelta | None:
    try:
        at = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):  # no date, or one that lies beyond all calendars
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now


@cache
def _trusted() -> ssl.SSLContext:
    """The usual authorities, or those of SSL_CERT_FILE or SSL_CERT_DIR; TLS 1.2 or later."""
    return httpx.create_ssl_context()
