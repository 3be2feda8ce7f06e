"""A history many times as long: the real one, and copies of it further and further in the past."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import Max, Min

from incidents import demo
from incidents.models import Impact, Incident, IncidentUpdate, MaintenanceUpdate, MaintenanceWindow
from incidents.statuspage.ids import derived
from incidents.statuspage.importing import import_document
from incidents.statuspage.importing.report import Report

# Beside the checkout; a clone without it measures with the sample of the demo.
GITHUB = Path(__file__).parents[3] / "shared" / "data" / "statuspage" / "github-2022-2026.json"


def import_once(now: datetime) -> None:
    """The way a user does it, but moved so that it ends yesterday: what the home page shows is then full."""
    source = GITHUB if GITHUB.exists() else demo.SAMPLE
    document = demo.ending_yesterday(json.loads(source.read_text(encoding="utf-8")), now)
    import_document(document, Report(), now)


@transaction.atomic
def multiply(times: int) -> None:
    """Adds `times` − 1 copies with ids of their own, each ending where the one after it begins."""
    span = Incident.objects.aggregate(length=Max("started_at") - Min("started_at"))["length"] + timedelta(days=1)
    planned: type[models.Model] = MaintenanceWindow.services.through
    tables = (Incident, MaintenanceWindow, IncidentUpdate, MaintenanceUpdate, Impact, planned)
    originals: dict[type[models.Model], list[dict[str, Any]]] = {t: [*t._base_manager.values()] for t in tables}
    for table, rows in originals.items():
        copies = (_copy(row, n, span) for n in range(1, times) for row in rows)
        _insert(table, copies)


def _copy(row: dict[str, Any], n: int, span: timedelta) -> dict[str, Any]:
    return {field: _changed(field, value, n, span) for field, value in row.items() if not _is_serial(field, value)}


def _changed(field: str, value: Any, n: int, span: timedelta) -> Any:
    if isinstance(value, datetime):
        return value - n * span
    if field in ("id", "incident_id", "maintenance_id", "maintenancewindow_id") and value:
        return derived(str(n), value)
    return value


def _is_serial(field: str, value: Any) -> bool:
    return field == "id" and isinstance(value, int)


def _insert(table: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    for some in _batches(rows):
        table._base_manager.bulk_create(table(**row) for row in some)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], ...]]:
    yield from batched(rows, 5_000)
