"""A banner for other sites that is there only while something is wrong: as a frame, and as a script that makes it."""

import hashlib
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override

from incidents import page
from incidents.public import badges, tones, words
from incidents.public.caching import SHARED, public
from incidents.public.lasting import as_json, dated
from incidents.public.links import absolute, permalink
from incidents.severity import Indicator

MOST_TOLD = 3  # titles in one banner

# Any site may frame it: there is nothing to click but one link.
FRAMED: dict[str, Any] = {**settings.SECURE_CSP, "frame-ancestors": ["*"]}


@csp_override(FRAMED)
@xframe_options_exempt
@public(headers=SHARED)
def frame(request: HttpRequest) -> HttpResponse:
    present = page.present(timezone.now())
    context = {"banner": _banner(present), "title": words.headline(present)}
    return dated(HttpResponse(render_to_string("public/embed.html", context)))


@public(headers=SHARED)
def script(request: HttpRequest) -> HttpResponse:
    """The banner's words are in the script itself: a site that embeds it has to allow nothing else."""
    told = {"source": absolute(reverse("public:embed_script")), "banner": _banner(page.present(timezone.now()))}
    body = f"({render_to_string('public/embed.js').strip()})({as_json(told)});\n"
    return dated(HttpResponse(body, "text/javascript; charset=utf-8"))


def _banner(present: page.Present) -> dict[str, Any] | None:
    """None while nothing is wrong. `key` is the same as long as it says the same."""
    if present.overall.indicator is Indicator.NONE:
        return None
    stories = (*present.incidents, *present.in_progress)
    link = permalink(stories[0]) if len(stories) == 1 else reverse("public:home")
    told = {
        "headline": words.headline(present),
        "titles": [story.title for story in stories[:MOST_TOLD]],
        "link": absolute(link),
        "tone": tones.of_overall(present.overall),
        "fill": badges.FILLS[tones.of_overall(present.overall)],
        "more": _("Details"),
        "close": _("Close"),
        "name": settings.PAGE_NAME,
    }
    return {**told, "key": hashlib.sha256(as_json(told).encode()).hexdigest()[:16]}
