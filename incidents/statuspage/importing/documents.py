"""Where documents come from: files, and status pages on the web."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

LARGEST = 100_000_000  # bytes
DEEPEST = 50  # lists and objects within one another; Statuspage needs six
TIMEOUT = httpx.Timeout(30, connect=10)

# What a page is made of. It publishes its 50 newest incidents and windows only; older ones need a saved document.
PARTS = ("components", "incidents", "scheduled_maintenances")
_PATHS = ("components", "incidents", "scheduled-maintenances")

type Document = Mapping[str, Any]


class Unreadable(Exception):
    """No Statuspage document there; the message says where and why."""


def load(source: str) -> Document:
    """The document at `source`: a file, the URL of a document (ends in .json), or of a page, whose parts are merged."""
    if not source.startswith(("http://", "https://")):
        return parse(source, _read(source))
    if source.partition("?")[0].endswith(".json"):
        return parse(source, _fetch(source))
    base = source.rstrip("/") + "/api/v2/"
    merged: dict[str, Any] = {}
    for path in _PATHS:
        merged.update(load(f"{base}{path}.json"))
    return merged


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from error


def _fetch(url: str) -> bytes:
    body = bytearray()
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT, follow_redirects=True) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise Unreadable(f"{url}: is larger than {LARGEST:,} bytes.")
    except httpx.HTTPStatusError as error:
        raise Unreadable(f"{url}: answers {error.response.status_code}.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreadable(f"{url}: {str(error) or type(error).__name__}") from error
    return bytes(body)


def parse(source: str, body: bytes) -> Document:
    """Raises Unreadable, which names the `source`."""
    try:
        document = json.loads(body)
    except RecursionError as error:  # how deep that is differs between versions of Python
        raise Unreadable(f"{source}: is nested more than {DEEPEST} deep.") from error
    except ValueError as error:
        raise Unreadable(f"{source}: is not JSON ({error}).") from error
    if not isinstance(document, dict) or not any(part in document for part in PARTS):
        raise Unreadable(f"{source}: is not a Statuspage document: it has none of {', '.join(PARTS)}.")
    for part in PARTS:
        if not isinstance(document.get(part, []), list):
            raise Unreadable(f"{source}: {part} is not a list.")
    if _depth(document) > DEEPEST:
        raise Unreadable(f"{source}: is nested more than {DEEPEST} deep.")
    return document


def _depth(document: object) -> int:
    """Level by level, not by recursion, and no further than matters."""
    level, depth = [document], -1
    while level and depth <= DEEPEST:
        level = [inner for outer in level for inner in _inside(outer)]
        depth += 1
    return depth


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
