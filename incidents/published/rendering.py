"""One public path → one ready answer, made by the same view and the same headers as Django's own."""

import gzip
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import brotli
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import resolve
from django.utils.module_loading import import_string

from incidents.page.instants import instant
from incidents.published.entry import Entry, Headers, variants
from statussite import languages
from statussite.languages import written_in

WORTH_COMPRESSING = 500  # bytes; below, the headers are most of it
_COMPRESSIBLE = (
    *("text/", "image/svg+xml", "application/json", "application/feed+json"),
    *("application/rss+xml", "application/atom+xml", "application/xml"),
)
_OUR_OWN = ("ETag", "Content-Length", "Vary")  # each variant has its own

_PLACE_IN_PAGES = b"<!--stale-->"
_START_OF_DOCUMENTS = b'{"page":{"id":'

# Of the middleware, what decides words and headers of a public page; the rest is for requests that come from outside.
_SHAPING = (
    "statussite.languages.LanguageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "statussite.middleware.BrowserPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)


def render(path: str, revision: int) -> Entry | None:
    """None where there is no such page, or no longer. Raises what the view raises, such as database errors."""
    response = _response(path)
    return ready(response, revision) if response else None


def body(path: str) -> bytes | None:
    """Only what the page says."""
    response = _response(path)
    return response.content if response else None


def ready(response: HttpResponse, revision: int = -1) -> Entry:
    headers = without_our_own(response.items())
    body = response.content
    return Entry(
        status=f"{response.status_code} {response.reason_phrase}",
        variants=variants(headers, encoded(body, response["Content-Type"]), digest_of(body)),
        made_at=time.time(),
        revision=revision,
    )


def stale(path: str, entry: Entry) -> Entry:
    """The same page, saying how old it is where it has a place for that and does not say it yet."""
    plain = entry.variants[""]
    body = dated(path, plain.body, entry.made_at)
    if body == plain.body:
        return entry
    headers = without_our_own(plain.headers)
    shown = variants(headers, encoded(body, dict(headers)["Content-Type"]), digest_of(body))
    return replace(entry, variants=shown)


def dated(path: str, body: bytes, made_at: float) -> bytes:
    """`made_at`: seconds since the epoch. People read it in a line, programs in a member of `page`."""
    at = datetime.fromtimestamp(made_at, UTC)
    if body.startswith(_START_OF_DOCUMENTS):
        return b'{"page":{"generated_at":"%b",' % instant(at).encode() + body.removeprefix(b'{"page":{')
    before, mark, after = body.partition(_PLACE_IN_PAGES)
    if not mark:
        return body
    with written_in(languages.of(path)):
        return before + render_to_string("public/_stale.html", {"at": at}).encode() + after


def encoded(body: bytes, content_type: str) -> dict[str, bytes]:
    if len(body) < WORTH_COMPRESSING or not content_type.startswith(_COMPRESSIBLE):
        return {"": body}
    return compressed(body)


def compressed(body: bytes) -> dict[str, bytes]:
    return {"": body, "gzip": gzip.compress(body, 6, mtime=0), "br": brotli.compress(body, quality=5)}


def shaped(answer: Callable[[HttpRequest], HttpResponse]) -> Any:
    for middleware in reversed(_SHAPING):
        answer = import_string(middleware)(answer)
    return answer


@cache
def _chain() -> Any:
    return shaped(_view)


def _response(path: str) -> HttpResponse | None:
    try:
        response: HttpResponse = _chain()(request_for(path))
    except Http404:
        return None
    if response.status_code not in (200, 301):
        raise RuntimeError(f"The page {path} answers {response.status_code}.")
    return response


def _view(request: HttpRequest) -> HttpResponse:
    view, arguments, named = resolve(request.path_info)
    response: HttpResponse = view(request, *arguments, **named)
    return response


def request_for(path: str) -> WSGIRequest:
    site = urlsplit(settings.SITE_URL)
    return WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SERVER_NAME": site.hostname,
            "SERVER_PORT": str(site.port or (443 if settings.SECURE else 80)),
            "wsgi.url_scheme": site.scheme,
            "wsgi.input": BytesIO(),
        }
    )


def without_our_own(headers: Iterable[tuple[str, str]]) -> Headers:
    """Those that every variant has."""
    return [pair for pair in headers if pair[0] not in _OUR_OWN]


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]
