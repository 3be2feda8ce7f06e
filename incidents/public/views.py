"""Each view asks the read model for one value and renders one template; without the request, so without its user."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from incidents import page
from incidents.public import error_pages
from incidents.public.caching import public

SVG = "image/svg+xml"
TEXT = "text/plain; charset=utf-8"


@public()
def home(request: HttpRequest) -> HttpResponse:
    return _render("home.html", home=page.home(timezone.now()))


@public()
def incident(request: HttpRequest, id: str) -> HttpResponse:
    now = timezone.now()
    return _render("incident.html", story=page.incident(id, now), now=now)


@public()
def maintenance(request: HttpRequest, id: str) -> HttpResponse:
    now = timezone.now()
    return _render("maintenance.html", story=page.maintenance(id, now), now=now)


@public()
def service(request: HttpRequest, slug: str) -> HttpResponse:
    return _render("service.html", page=page.service(slug, timezone.now()))


@public()
def history(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    return _render("month.html", month=page.month(page.newest_month(now), now))


@public()
def month(request: HttpRequest, first: date) -> HttpResponse:
    return _render("month.html", month=page.month(first, timezone.now()))


@public()
def error(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in error_pages.CATALOGUE:
        raise Http404
    return _render("error.html", error=error_pages.CATALOGUE[kind])


@public()
def favicon(request: HttpRequest) -> HttpResponse:
    return _render("favicon.svg", content_type=SVG, overall=page.home(timezone.now()).overall)


@public()
def robots(request: HttpRequest) -> HttpResponse:
    return _render("robots.txt", content_type=TEXT)


def _render(template: str, *, content_type: str = "text/html; charset=utf-8", **context: object) -> HttpResponse:
    return HttpResponse(render_to_string(f"public/{template}", context), content_type)
