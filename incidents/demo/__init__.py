"""A page to look at: a real sample of GitHub's incident history, moved to end yesterday, and two made-up examples."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service
from incidents.severity import ServiceStatus, Severity
from incidents.statuspage.importing import import_document
from incidents.statuspage.importing.report import Report

SAMPLE = Path(__file__).parent / "github-2026.json"

_ACTOR = Actor("demo", "command")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")


def load(now: datetime) -> Report:
    report = Report()
    import_document(ending_yesterday(json.loads(SAMPLE.read_text(encoding="utf-8")), now), report, now)
    _open_an_incident(now)
    _schedule_maintenance(now)
    return report


def ending_yesterday(document: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The same history with all its times moved by the same number of whole days; its texts stay as they are."""
    newest = max(datetime.fromisoformat(incident["resolved_at"]) for incident in document["incidents"])
    shift = timedelta(days=(now.date() - newest.date()).days - 1)
    moved: dict[str, Any] = _moved(document, shift)
    first = min(incident["started_at"] for incident in moved["incidents"])[:10]
    # Of the time before the sample nothing is known, and the page says so.
    return {**moved, "components": [{**component, "start_date": first} for component in document["components"]]}


def _moved(value: Any, shift: timedelta) -> Any:
    if isinstance(value, list):
        return [_moved(item, shift) for item in value]
    if isinstance(value, dict):
        return {key: _moved(item, shift) for key, item in value.items()}
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return (datetime.fromisoformat(value) + shift).isoformat()
    return value


def _open_an_incident(now: datetime) -> None:
    begun = now - timedelta(minutes=40)
    service = Service.objects.get(name="API Requests")
    incident = Incident.open(
        by=_ACTOR,
        title="Example: slow answers from the API",
        severity=Severity.MINOR,
        status=IncidentStatus.INVESTIGATING,
        message="This is an example of an open incident. We are looking into slow answers from the API.",
        levels={service: ServiceStatus.DEGRADED_PERFORMANCE},
        notify=False,
        now=begun,
    )
    incident.post_update(
        by=_ACTOR,
        status=IncidentStatus.IDENTIFIED,
        message="A cache was emptied by accident and is filling up again.",
        notify=False,
        now=now - timedelta(minutes=15),
    )


def _schedule_maintenance(now: datetime) -> None:
    start = timezone.localtime(now + timedelta(days=2)).replace(hour=22, minute=0, second=0, microsecond=0)
    MaintenanceWindow.schedule(
        by=_ACTOR,
        title="Example: database upgrade",
        message="This is an example of planned maintenance. No codespace can be started meanwhile.",
        scheduled_start_at=start,
        scheduled_end_at=start + timedelta(minutes=90),
        services=Service.objects.filter(name="Codespaces"),
        notify=False,
        now=now,
    )
