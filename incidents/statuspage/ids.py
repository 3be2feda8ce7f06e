"""The source's ids are kept where they have our shape. Others become one, always the same, so that links hold."""

import hashlib
import re
from collections.abc import Mapping

from django.conf import settings

from incidents.models.identifiers import ALPHABET, LENGTH

_OURS = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")
_ID_FIELDS = ("id", "code", "group_id")


def with_our_ids(value: object, page: str) -> object:
    """The same document with every id in our shape; `page` keeps apart what different pages call by one number."""
    if isinstance(value, list):
        return [with_our_ids(item, page) for item in value]
    if isinstance(value, Mapping):
        return {
            key: _ours(item, page) if key in _ID_FIELDS else with_our_ids(item, page) for key, item in value.items()
        }
    return value


def page_id() -> str:
    """The same on every node and after every restart, for as long as the page has its address."""
    return derived("page", settings.SITE_URL)


def _ours(id: object, page: str) -> object:
    if not isinstance(id, str | int) or isinstance(id, bool) or id == "" or _OURS.fullmatch(str(id)):
        return id
    return derived(page, str(id))


def derived(*parts: str) -> str:
    digest = hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:LENGTH])
