"""The public site in every language."""

import gettext
from functools import cache

from django.conf import settings
from django.utils.translation import to_locale

from tests.public.conftest import Pages, api, holder_pages, login, pages, planned, resolved, soup, under_way

__all__ = ["api", "holder_pages", "login", "pages", "planned", "resolved", "soup", "under_way"]

OTHERS = [code for code, _ in settings.LANGUAGES if code != "en"]
FOR_PEOPLE = (
    "home",
    "incident",
    "maintenance",
    "service",
    "history",
    "month",
    "privacy",
    "error",
    "subscribe",
    "embed",
)


@cache
def translations(language: str) -> dict[str, str]:
    """English → what it is called there; of plurals, each form."""
    found = gettext.translation("django", settings.LOCALE_PATHS[0], [to_locale(language)])._catalog  # type: ignore[attr-defined]
    pairs = ((key[0] if isinstance(key, tuple) else key, told) for key, told in found.items() if key)
    return {key.rpartition("\4")[2]: told for key, told in pairs}


def placed(pages: Pages, route: str, language: str) -> str:
    return f"/{language}{pages[route]}"
