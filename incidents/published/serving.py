"""Puts the store, the publisher and Django together, for one web process."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.template.loader import render_to_string

from incidents.errors import StatusError
from incidents.published.entry import Entry, Messages
from incidents.published.publisher import Publisher
from incidents.published.rendering import ready, request_for, shaped
from incidents.published.store import Store
from incidents.published.variation import varied
from incidents.published.wsgi import PublishedPages
from statussite import languages
from statussite.errors import for_any_request

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

RETRY_AFTER = 30  # seconds
FOR_PROGRAMS = "/api/"  # where these paths begin


def published(application: "WSGIApplication") -> PublishedPages:
    """Starts publishing, and answers public pages from it before `application` hears of them."""
    store = Store(Path(settings.PUBLISHED_DIR) / "pages", _site())
    publisher = Publisher(store, messages())
    publisher.start()
    return PublishedPages(application, store, publisher, is_allowed_host, varied)


@lru_cache(maxsize=1024)
def is_allowed_host(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _site() -> str:
    """What makes the pages of another site foreign; those of another version of the program are not."""
    database = settings.DATABASES["default"]
    facts = [settings.SITE_URL, settings.PAGE_NAME, settings.PAGE_TIME_ZONE, settings.PAGE_LANGUAGE]
    return hashlib.sha256(
        repr([*facts, database["HOST"], database["PORT"], str(database["NAME"])]).encode()
    ).hexdigest()


def messages() -> Callable[[str], Messages]:
    """What is said at a path where there is nothing to show: to people in its language."""
    programs, people = to_programs(), {language: to_people(language) for language in languages.every()}
    return lambda path: programs if path.startswith(FOR_PROGRAMS) else people[languages.of(path)]


def to_people(language: str = "") -> Messages:
    def page(template: str, status: int) -> HttpResponse:
        return HttpResponse(render_to_string(template), status=status)

    with languages.written_in(language):
        return _messages(page("404.html", 404), page("public/unavailable.html", 503))


def to_programs() -> Messages:
    """In the API's form, without what differs from request to request."""
    request = request_for(FOR_PROGRAMS)
    away = StatusError("The page cannot be read at the moment. Try again in half a minute.")
    return _messages(for_any_request(request, Http404(), 404), for_any_request(request, away, 503))


def _messages(not_found: HttpResponse, unavailable: HttpResponse) -> Messages:
    unavailable["Retry-After"] = str(RETRY_AFTER)
    return Messages(_ready(not_found), _ready(unavailable))


def _ready(message: HttpResponse) -> Entry:
    message["Cache-Control"] = "no-store"
    return ready(shaped(lambda _: message)(request_for("/")))
