"""Badges in the form that a query asks for, drawn from the one that is held: nobody waits, and no database is asked."""

from dataclasses import replace
from functools import lru_cache

from django.urls import reverse

from incidents.public.badges import Badge
from incidents.published.entry import Entry, variants
from incidents.published.rendering import digest_of, without_our_own

PICTURE = ".svg"
MOST_HELD = 512  # drawings, of half a thousand bytes each


def varied(path: str, query: str, entry: Entry) -> Entry:
    """`entry` itself where the query changes nothing."""
    if not (path == _of_page() or path.startswith(_of_services())) or not path.endswith(PICTURE):
        return entry
    plain = entry.variants[""]
    held = Badge.drawn(plain.body)
    asked = held.asked_for(query)
    if asked == held:
        return entry
    body = _drawn(asked)
    return replace(entry, variants=variants(without_our_own(plain.headers), {"": body}, digest_of(body)))


@lru_cache(maxsize=MOST_HELD)
def _drawn(badge: Badge) -> bytes:
    return badge.svg().encode()


@lru_cache
def _of_page() -> str:
    return reverse("public:badge")


@lru_cache
def _of_services() -> str:
    return reverse("public:service_badge", args=["x"]).removesuffix(f"x{PICTURE}")
