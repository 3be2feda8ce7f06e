"""The document and the URLconf, as tests compare them."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.urls import URLPattern

from incidents.api.schema.document import document
from incidents.api.urls import urlpatterns
from incidents.statuspage import urls as statuspage
from statussite.urls import rendered

ANY_ID = "abcdefghijkl"
_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")


def routes() -> Iterator[tuple[str, str, Any]]:
    """(method, path, view) of every operation of the URLconf, but for the alias, which is the same told twice.

    HEAD is what DRF adds to a GET.
    """
    for pattern in _described():
        path = "/" + str(pattern.pattern).removeprefix("^").removesuffix("/?$").replace("\\.", ".")
        for method in pattern.callback.actions.keys() - {"head"}:  # type: ignore[attr-defined]
            yield method.upper(), _GROUP.sub(r"{\1}", path), pattern.callback


def _described() -> list[URLPattern]:
    """Left out on purpose: the alias, and the answer to unknown paths."""
    return [pattern for pattern in (*rendered, *urlpatterns) if not _is_hidden(pattern.callback)]


def _is_hidden(view: Any) -> bool:
    return view.cls.schema is None or view.initkwargs.get("schema", "") is None


def statuspage_routes() -> set[tuple[str, str]]:
    paths = (str(pattern.pattern) for pattern in statuspage.urlpatterns)
    told = (path.removeprefix("^").removesuffix("/?$").replace("\\.", ".") for path in paths if "api/v2" in path)
    return {("GET", "/" + re.sub(r"\(\?P<(\w+)>.*\)", r"{\1}", path)) for path in told}


@cache
def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """(method, path) → operation."""
    return {
        (method.upper(), path): operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to."""
    found: Any = document()
    if "$ref" not in part:
        return part
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return resolved(found)


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body that is described, with the place where it is."""
    for (method, path), operation in operations().items():
        if "requestBody" in operation:
            yield f"{method} {path}", operation["requestBody"]["content"]["application/json"]
        for status, response in operation["responses"].items():
            for media_type, content in resolved(response).get("content", {}).items():
                yield f"{method} {path} {status} {media_type}", content
