"""Each view asks the read model for one value and renders one template; without the request, so without its user."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from incidents import page
from incidents.errors import Merged
from incidents.public import error_pages
from incidents.public.caching import public
from incidents.public.privacy import stored

SVG = "image/svg+xml"


@public()
def home(request: HttpRequest) -> HttpResponse:
    return _render("home.html", home=page.home(timezone.now()))


@public()
def incident(request: HttpRequest, id: str) -> HttpResponse:
    now = timezone.now()
    try:
        story = page.incident(id, now)
    except Merged as merged:
        return _moved(reverse("public:incident", args=[merged.into]))
    return _render("incident.html", story=story, now=now)


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
def privacy(request: HttpRequest) -> HttpResponse:
    return _render("privacy.html", stored=stored())


@public()
def error(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in error_pages.CATALOGUE:
        raise Http404
    return _render("error.html", error=error_pages.CATALOGUE[kind])


@public()
def favicon(request: HttpRequest) -> HttpResponse:
    return _render("favicon.svg", content_type=SVG, overall=page.present(timezone.now()).overall)


def _moved(address: str) -> HttpResponse:
    """With a page, for the web servers that have it as a file: these send no redirect."""
    body = render_to_string("public/moved.html", {"address": address})
    return HttpResponse(body, status=301, headers={"Location": address})


def _render(template: str, *, content_type: str = "text/html; charset=utf-8", **context: object) -> HttpResponse:
    return HttpResponse(render_to_string(f"public/{template}", context), content_type)
