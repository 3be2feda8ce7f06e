"""Versions: what a client has seen, and whether it is still so."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from incidents.api.errors import StaleMatch
from incidents.api.refusal import to_json
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction


def version_tag(version: int) -> str:
    return f'"v{version}"'


def content_tag(content: Any) -> str:
    """Of what has no version; weak, because timestamp and request id round the content differ every time."""
    return f'W/"{hashlib.sha256(to_json(content)).hexdigest()[:32]}"'


def is_known(request: HttpRequest, tag: str) -> bool:
    """Whether the client holds what `tag` names, so that 304 is enough."""
    return _names(request.headers.get("If-None-Match", ""), tag)


@dataclass(frozen=True)
class Seen:
    """The version that the author of a change looked at: from the body, from `If-Match`, or not told."""

    version: int | None
    if_match: str

    def insist(self, row: Timeline) -> None:
        """Raises StaleVersion or StaleMatch. The caller holds the lock."""
        if self.if_match and not _names(self.if_match, version_tag(row.version)):
            raise StaleMatch(self._matched_version, row.version)

    @property
    def _matched_version(self) -> int:
        digits = "".join(c for c in self.if_match if c in "0123456789")
        return int(digits[:9] or 0)


@in_one_transaction
def change_if_current[R](row: Timeline, seen: Seen, change: Callable[[], R]) -> R:
    """Runs `change` with the row locked, so that nobody moves it between the look and the write."""
    row.lock(seen.version)
    seen.insist(row)
    return change()


def _names(header: str, tag: str) -> bool:
    tags = {candidate.strip().removeprefix("W/") for candidate in header.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags
