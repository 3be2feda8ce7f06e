"""One service in a picture for other people's pages. Its text is never wider than its field, whatever the font."""

import unicodedata
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from incidents import page
from incidents.public import tones, words
from incidents.public.caching import FEED_SECONDS, public
from incidents.severity import ServiceStatus

SVG = "image/svg+xml"

# Dark enough for white letters: at least 4.5 to 1 (WCAG AA).
LABEL_FILL = "#374151"
FILLS = {"ok": "#15803d", tones.MAINTENANCE: "#1d4ed8", "degraded": "#b45309", "partial": "#c2410c", "major": "#b91c1c"}

_PADDING = 6
_NARROW, _WIDE = frozenset(" !'(),.:;I[]fijlrt|"), frozenset("%@GMOQWmw")


@dataclass(frozen=True)
class Field:
    text: str
    fill: str
    left: int = 0

    @property
    def text_width(self) -> int:
        return round(sum(map(_width, self.text)))

    @property
    def width(self) -> int:
        return self.text_width + 2 * _PADDING

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


@public(FEED_SECONDS)
def of_service(request: HttpRequest, slug: str) -> HttpResponse:
    service = page.standing(slug)
    return HttpResponse(_drawn(service.name, service.status), SVG)


def _drawn(name: str, level: ServiceStatus) -> str:
    label = Field(name, LABEL_FILL)
    status = Field(words.status(level).lower(), FILLS[tones.of_level(level)], left=label.right)
    return render_to_string("public/badge.svg", {"label": label, "status": status, "both": (label, status)})


def _width(letter: str) -> float:
    """About what 11 px Verdana takes."""
    if unicodedata.east_asian_width(letter) in ("W", "F"):
        return 11.0
    return 4.0 if letter in _NARROW else 9.5 if letter in _WIDE else 7.0
