"""What Django answers when no view did: below an API prefix the API's own form, elsewhere a page."""

import json
import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.views import defaults
from rest_framework.exceptions import MethodNotAllowed

from incidents.api.errors import DATABASE_AWAY
from incidents.api.problem import MEDIA_TYPE, PROBLEM
from incidents.api.refusal import dialect_of, refuse, to_json
from statussite import languages

RETRY_AFTER = 5  # seconds
_OF_ONE_REQUEST = ("instance", "request_id", "trace_id", "span_id", "timestamp")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _in_the_api(request, exception) or _unstored(defaults.bad_request(request, exception))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _in_the_api(request, exception) or _unstored(defaults.permission_denied(request, exception))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    told = _in_the_api(request, exception)
    if told and request.path_info.startswith("/api/v2/"):
        told["Access-Control-Allow-Origin"] = "*"  # as the documents that are there
    with languages.nowhere():
        return told or _unstored(defaults.page_not_found(request, exception))


def server_error(request: HttpRequest) -> HttpResponse:
    """Touches neither database nor context: either may be what is broken."""
    error = sys.exc_info()[1] or RuntimeError()
    if answer := _in_the_api(request, error):
        return answer
    if isinstance(error, DATABASE_AWAY):
        page = render_to_string("public/unavailable.html")
        return _unstored(HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)}))
    return _unstored(defaults.server_error(request))


def for_any_request(request: HttpRequest, error: Exception, status: int) -> HttpResponse:
    """The API's problem for `error`, without what differs from one request to the next, to be sent many times."""
    told = json.loads(refuse(request, error, PROBLEM).content)
    body = {name: value for name, value in told.items() if name not in _OF_ONE_REQUEST} | {"status": status}
    return _unstored(HttpResponse(to_json(body), status=status, content_type=MEDIA_TYPE))


class RefusedMethods:
    """Gives the 405 of a plain view below an API prefix the form of that API; its `Allow` stays."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            told = _in_the_api(request, MethodNotAllowed(request.method or ""))
            if told:
                told["Allow"] = response["Allow"]
                return told
        return response


def _in_the_api(request: HttpRequest, exception: BaseException) -> HttpResponse | None:
    dialect = dialect_of(request.path_info)
    return refuse(request, exception, dialect) if dialect else None


def _unstored(response: HttpResponse) -> HttpResponse:
    """What is missing or broken now may be there in a second."""
    response["Cache-Control"] = "no-store"
    return response
