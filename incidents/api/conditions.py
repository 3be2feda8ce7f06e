"""Versions: what a client has seen, and whether it is still so."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from incidents.api.errors import ChangedSince, StaleMatch
from incidents.api.refusal import to_json
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction

_VERSION = re.compile(r'"v([0-9]{1,9})(?:-[0-9a-f]{8})?"', re.ASCII)


def version_tag(version: int, content: Any = None) -> str:
    """`"v3"`, or with the content as the public sees it `"v3-1a2b3c4d"`: what a reader is shown may change while
    the version stands, when a service that it names becomes private. `If-Match` takes either and compares versions.
    """
    return f'"v{version}"' if content is None else f'"v{version}-{_digest(content)[:8]}"'


def content_tag(content: Any) -> str:
    """Of what has no version; weak, because timestamp and request id round the content differ every time."""
    return f'W/"{_digest(content)[:32]}"'


def _digest(content: Any) -> str:
    return hashlib.sha256(to_json(content)).hexdigest()


def is_known(request: HttpRequest, tag: str) -> bool:
    """Whether the client holds what `tag` names, so that 304 is enough."""
    return _names(request.headers.get("If-None-Match", ""), tag)


@dataclass(frozen=True)
class Seen:
    """The version that the author of a change looked at: from the body, from `If-Match`, or not told."""

    version: int | None
    if_match: str

    def insist(self, row: Timeline) -> None:
        """Raises StaleVersion or StaleMatch. The caller's transaction holds the lock."""
        row.lock(self.version)
        tags = _tags(self.if_match)
        versions = [int(match[1]) for match in map(_VERSION.fullmatch, sorted(tags)) if match]
        if self.if_match and "*" not in tags and row.version not in versions:
            raise StaleMatch(max(versions, default=0), row.version)


@in_one_transaction
def change_if_same[M: Model, R](row: M, if_match: str, tag_of: Callable[[M], str], change: Callable[[], R]) -> R:
    """Runs `change` with the row locked. It has no version: `If-Match` names its content. Raises ChangedSince."""
    row.refresh_from_db(from_queryset=type(row)._base_manager.select_for_update())
    if if_match and not _names(if_match, tag_of(row)):
        raise ChangedSince
    return change()


def _names(header: str, tag: str) -> bool:
    return not {"*", tag.removeprefix("W/")}.isdisjoint(_tags(header))


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
