"""For how long caches may keep a page or a feed."""

from collections.abc import Callable

from django.http import HttpResponseBase

from incidents import caching
from incidents.caching import View

PAGE_SECONDS = 10
FEED_SECONDS = 60


def public(seconds: int = PAGE_SECONDS) -> Callable[[View], Callable[..., HttpResponseBase]]:
    return caching.public(
        f"public, max-age={seconds}, s-maxage={seconds}, stale-while-revalidate=30, stale-if-error=86400"
    )
