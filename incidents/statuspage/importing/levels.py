"""Which service was hit how badly, and when, according to a document."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incidents.models.history import RecordedImpact
from incidents.severity import ServiceStatus

OPERATIONAL = ServiceStatus.OPERATIONAL


@dataclass(frozen=True)
class Change:
    """From `at` on, `service` (id) is at `level`."""

    at: datetime
    service: str
    level: ServiceStatus


def impacts(
    changes: Iterable[Change], named: Iterable[str], start: datetime, end: datetime | None
) -> frozenset[RecordedImpact]:
    """The stretches between the changes up to `end` (None: it goes on).

    A service of `named` that no change puts above operational was named all the same, so it gets an impact
    at that level: it counts nowhere, and the page still says that it was affected.
    """
    ordered = sorted((change for change in changes if end is None or change.at <= end), key=lambda change: change.at)
    by_service: dict[str, list[Change]] = {}
    for change in ordered:
        by_service.setdefault(change.service, []).append(change)
    found = {service: _stretches(its, end) for service, its in by_service.items()}
    unhurt = {RecordedImpact(s, OPERATIONAL, start, end) for s in {*named, *found} if not found.get(s)}
    return frozenset(unhurt.union(*found.values()))


def _stretches(changes: list[Change], end: datetime | None) -> set[RecordedImpact]:
    found: list[RecordedImpact] = []
    held: Change | None = None
    for change in changes:
        if held and held.level == change.level:
            continue
        found += _stretch(held, change.at)
        held = change
    return set(found + _stretch(held, end))


def _stretch(held: Change | None, end: datetime | None) -> list[RecordedImpact]:
    if held is None or held.level is OPERATIONAL or held.at == end:
        return []
    return [RecordedImpact(held.service, held.level, held.at, end)]
