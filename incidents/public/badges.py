"""The status in a picture for other people's pages, and for who draws it themselves. What they ask for in the query is
answered from the picture alone, so that it costs no more than the drawing."""

import unicodedata
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import parse_qs
from xml.etree import ElementTree

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from incidents import page
from incidents.public import tones, words
from incidents.public.caching import FEED_SECONDS, SHARED, public
from incidents.public.lasting import as_json, dated

SVG, JSON = "image/svg+xml", "application/json; charset=utf-8"
FLAT, SQUARE = "flat", "flat-square"
MAX_LABEL = 60
MAX_QUERY = 2000

# Dark enough for white letters: at least 4.5 to 1 (WCAG AA).
LABEL_FILL = "#374151"
FILLS = {"ok": "#15803d", tones.MAINTENANCE: "#1d4ed8", "degraded": "#b45309", "partial": "#c2410c", "major": "#b91c1c"}

_PADDING = 6
_NARROW, _WIDE = frozenset(" !'(),.:;I[]fijlrt|"), frozenset("%@GMOQWmw")
_XMLNS = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Field:
    """Its text is never wider than the field, whatever the font."""

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


@dataclass(frozen=True)
class Badge:
    label: str
    message: str
    fill: str
    style: str = FLAT

    @classmethod
    def drawn(cls, svg: bytes) -> Self:
        """What one of our own pictures shows."""
        picture = ElementTree.fromstring(svg)  # noqa: S314  it is ours
        label, message = ((text.text or "") for text in picture.iter(f"{_XMLNS}text"))
        *_, status = picture.iter(f"{_XMLNS}rect")
        return cls(label, message, status.get("fill", ""))

    def asked_for(self, query: str) -> Self:
        """As a query string wants it; what cannot be done is left out, for a picture cannot explain."""
        try:
            wanted = parse_qs(query[:MAX_QUERY], max_num_fields=20)
        except ValueError:
            return self
        label, style = _line(wanted.get("label", [""])[0]), wanted.get("style", [FLAT])[0]
        return replace(self, label=label or self.label, style=style if style == SQUARE else FLAT)

    def svg(self) -> str:
        label = Field(self.label, LABEL_FILL)
        status = Field(self.message, self.fill, left=label.right)
        both = (label, status)
        context = {"label": label, "status": status, "both": both, "radius": 0 if self.style == SQUARE else 3}
        return render_to_string("public/badge.svg", context)

    def json(self) -> str:
        """For shields.io: https://shields.io/badges/endpoint-badge"""
        told = {"schemaVersion": 1, "label": self.label, "message": self.message, "color": self.fill}
        return as_json({**told, "cacheSeconds": FEED_SECONDS})


@public(FEED_SECONDS, SHARED)
def picture(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    return dated(HttpResponse(_told(slug).asked_for(request.META.get("QUERY_STRING", "")).svg(), SVG))


@public(FEED_SECONDS, SHARED)
def endpoint(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    return dated(HttpResponse(_told(slug).json(), JSON))


def _told(slug: str | None) -> Badge:
    """Of the service, else of the whole page. Raises NotFound."""
    if slug is None:
        now = page.present(timezone.now())
        return Badge(settings.PAGE_NAME, words.within(words.overall(now.overall)), FILLS[tones.of_overall(now.overall)])
    service = page.standing(slug)
    return Badge(service.name, words.within(words.status(service.status)), FILLS[tones.of_level(service.status)])


def _line(text: str) -> str:
    """What can stand in one line, and in XML: neither controls nor marks that reorder or hide, and not too much."""
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    seen = "".join(letter for letter in plain if unicodedata.category(letter)[0] != "C").strip()
    return seen if len(seen) <= MAX_LABEL else f"{seen[: MAX_LABEL - 1]}…"


def _width(letter: str) -> float:
    """About what 11 px Verdana takes."""
    if unicodedata.east_asian_width(letter) in ("W", "F"):
        return 11.0
    return 4.0 if letter in _NARROW else 9.5 if letter in _WIDE else 7.0
