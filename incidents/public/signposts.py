"""What programs look for at fixed addresses: which pages there are, and whom to tell of a hole."""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from incidents import page
from incidents.public.caching import FEED_SECONDS, public
from incidents.public.entries import Entry
from incidents.public.lasting import dated
from statussite import languages

TEXT = "text/plain; charset=utf-8"
_ALWAYS = ("history", "subscribe", "privacy")
_GOOD_FOR = timedelta(days=183)


@public(FEED_SECONDS)
def sitemap(request: HttpRequest) -> HttpResponse:
    """Home in each language, the pages that are always there, the services, and what was told last; the others are
    linked from these."""
    now = timezone.now()
    services = [reverse("public:service", args=[service.slug]) for service in page.catalogue(now).services]
    homes = map(languages.prefix, languages.every())
    paths = [*homes, *(reverse(f"public:{name}") for name in _ALWAYS), *services]
    context = {"paths": paths, "entries": [Entry(story) for story in page.latest(now)]}
    return dated(HttpResponse(render_to_string("public/sitemap.xml", context), "application/xml"))


@public()
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        render_to_string("public/robots.txt", {"prefixes": map(languages.prefix, languages.every())}), TEXT
    )


@public()
def security(request: HttpRequest) -> HttpResponse:
    """RFC 9116."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    context = {
        "contact": settings.SECURITY_CONTACT,
        "expires": _expiry(timezone.now()),
        "path": reverse("public:security"),
        "language": settings.LANGUAGE_CODE,
    }
    return HttpResponse(render_to_string("public/security.txt", context), TEXT)


def _expiry(now: datetime) -> str:
    """Half a year from the beginning of this month: it changes once a month."""
    return (now.replace(day=1) + _GOOD_FOR).strftime("%Y-%m-%dT00:00:00Z")
