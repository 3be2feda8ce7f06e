"""The language of an answer. Its path alone decides, so every cache may keep it: `/` is the page's own, `/de/` German.
The desk and the API are English."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

_IN_ENGLISH = ("admin", "api", "status", "hooks")  # the first parts of their paths

# What follows the prefix in the path that is being answered: the same for a page in every language.
_rest_of_path: ContextVar[str] = ContextVar("rest_of_path", default="")


@dataclass(frozen=True)
class Version:
    """A page in one language, which is called `name` in that language."""

    code: str
    name: str
    path: str
    is_current: bool


def every() -> list[str]:
    """The page's own first."""
    own: str = settings.LANGUAGE_CODE
    return [own, *(code for code, _ in settings.LANGUAGES if code != own)]


def prefix(language: str) -> str:
    """What the paths of pages in it begin with."""
    return "/" if language == settings.LANGUAGE_CODE else f"/{language}/"


def of(path: str) -> str:
    first = path.removeprefix("/").partition("/")[0]
    if first in _IN_ENGLISH:
        return "en"
    return first if first in every() else every()[0]


def written_in(language: str = "") -> AbstractContextManager[None]:
    """Within it, words and addresses of pages are in this language; in the page's own where it is none of ours."""
    return translation.override(language if language in every() else settings.LANGUAGE_CODE)


def wished() -> str:
    """The present language; empty for the page's own, which may become another one."""
    present = translation.get_language()
    return "" if present == settings.LANGUAGE_CODE else present


@contextmanager
def nowhere() -> Iterator[None]:
    """Within it, what is answered is no page that others could be versions of: these lead to the home pages, and the
    answer is the same wherever it is given."""
    token = _rest_of_path.set("")
    try:
        yield
    finally:
        _rest_of_path.reset(token)


def versions(path: str | None = None) -> list[Version]:
    """The page at this path, which is in the present language, in every one; without a path, the one that is being
    answered."""
    present = translation.get_language()
    rest = _rest_of_path.get() if path is None else _rest(path, present)
    names = dict(settings.LANGUAGES)
    return [Version(code, names[code], prefix(code) + rest, code == present) for code in every()]


def _rest(path: str, language: str) -> str:
    """Behind a prefix it leads nowhere but here, whatever somebody typed."""
    return quote(path.removeprefix(prefix(language))).lstrip("/")


class LanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = of(request.path_info)
        token = _rest_of_path.set(_rest(request.path_info, language))
        try:
            with translation.override(language):
                return self.get_response(request)
        finally:
            _rest_of_path.reset(token)


class LanguagePrefix:
    """What `i18n_patterns` uses, for an included URLconf, where Django forbids its own: its look at whether there are
    any, which only Django's own middleware asks for, would miss them."""

    converters: Mapping[str, Any] = {}

    @property
    def regex(self) -> re.Pattern[str]:
        """For reversing; Django keeps what comes of it for each language."""
        return re.compile(re.escape(str(self)))

    def match(self, path: str) -> tuple[str, tuple[()], dict[str, Any]] | None:
        return (path.removeprefix(str(self)), (), {}) if path.startswith(str(self)) else None

    def check(self) -> list[Any]:
        return []

    def describe(self) -> str:
        return f"'{self}'"

    def __str__(self) -> str:
        return prefix(translation.get_language() or settings.LANGUAGE_CODE).removeprefix("/")
