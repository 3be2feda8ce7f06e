"""The query string: every parameter that is used is checked first; nonsense is a bad request."""

import re
from collections.abc import Iterable
from enum import StrEnum

from django.http import QueryDict
from rest_framework.exceptions import ParseError

from incidents.api.letters import snake

DEFAULT_SIZE = 20
MAX_SIZE = 100
_NUMBER = re.compile(r"[0-9]{1,40}", re.ASCII)
_SLUG = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)


class Query:
    """Parameters by name, in either case; of one that is repeated the last counts, empty is absent."""

    def __init__(self, sent: QueryDict) -> None:
        self._sent = {snake(name): str(value) for name, value in sent.items() if value}

    @property
    def page(self) -> int:
        return self._number("page", 1)

    @property
    def page_size(self) -> int:
        size = self._number("page_size", DEFAULT_SIZE)
        if size > MAX_SIZE:
            raise ParseError(f"The parameter page_size must be at most {MAX_SIZE}.")
        return size

    def word(self, name: str, words: Iterable[StrEnum]) -> str | None:
        value = self._sent.get(name, "").lower() or None
        known = [str(word) for word in words]
        if value is not None and value not in known:
            raise ParseError(f"The parameter {name} must be one of: {', '.join(known)}.")
        return value

    def slug(self, name: str) -> str | None:
        value = self._sent.get(name)
        if value is not None and not _SLUG.fullmatch(value):
            raise ParseError(f"The parameter {name} must be a slug: small letters, digits and hyphens.")
        return value

    def _number(self, name: str, default: int) -> int:
        value = self._sent.get(name)
        if value is None:
            return default
        if not _NUMBER.fullmatch(value) or int(value) < 1:
            raise ParseError(f"The parameter {name} must be a whole number from 1.")
        return int(value)
