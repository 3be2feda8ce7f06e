"""For how long caches may keep a page or a feed."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.http import HttpResponseBase

from incidents import caching
from incidents.caching import View

PAGE_SECONDS = 10
FEED_SECONDS = 60

# For what other sites show on their pages.
SHARED: Mapping[str, str] = MappingProxyType({"Cross-Origin-Resource-Policy": "cross-origin"})
_OURS: Mapping[str, str] = MappingProxyType({})


def public(
    seconds: int = PAGE_SECONDS, headers: Mapping[str, str] = _OURS
) -> Callable[[View], Callable[..., HttpResponseBase]]:
    control = f"public, max-age={seconds}, s-maxage={seconds}, stale-while-revalidate=30, stale-if-error=86400"
    return caching.public(control, headers)
