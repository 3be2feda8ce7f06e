"""`/history` as JSON: what was listed, three months a page."""

import re
from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from incidents import page
from incidents.rules import EARLIEST
from incidents.statuspage import payloads
from incidents.statuspage.answers import answered, as_json

MONTHS_A_PAGE = 3
_JSON, _HTML = "application/json", "text/html"
_NUMBER = re.compile(r"[1-9][0-9]*", re.ASCII)


@csrf_exempt  # so that a POST is told where the page is, or 405
def history(request: HttpRequest) -> HttpResponseBase:
    """The months for who prefers JSON; everybody else is sent to the page, as from every address without its slash."""
    response = _months(request) if request.get_preferred_type([_HTML, _JSON]) == _JSON else _to_the_page(request)
    patch_vary_headers(response, ["Accept"])
    return response


def _to_the_page(request: HttpRequest) -> HttpResponseBase:
    return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))


def _months(request: HttpRequest) -> HttpResponseBase:
    asked = request.GET.get("page", "1")
    if _NUMBER.fullmatch(asked):
        return _listed(request, number=int(asked[:9]))  # what is cut off is as far out of range without it
    refused = as_json({"error": "page must be a whole number from 1."}, status=400)
    refused["Cache-Control"] = "no-store"
    return refused


@answered
def _listed(request: HttpRequest, number: int) -> HttpResponse:
    now = timezone.now()
    told = page.by_month(_firsts(number, page.today(now)), now)
    return as_json({"months": [payloads.month(first, stories) for first, stories in told.items()]})


def _firsts(number: int, today: date) -> list[date]:
    """The first days of the months on that page, newest first; none of them before time began."""
    newest = today.year * 12 + today.month - 1 - (number - 1) * MONTHS_A_PAGE
    return [date(n // 12, n % 12 + 1, 1) for n in range(newest, newest - MONTHS_A_PAGE, -1) if n >= EARLIEST.year * 12]
