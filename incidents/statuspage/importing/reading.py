"""Records of a document → what our models store. Decides everything, touches no database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from incidents import lifecycle, rules
from incidents.lifecycle import FINAL, IncidentStatus, MaintenanceStatus, Status
from incidents.models.history import History, RecordedImpact, RecordedUpdate
from incidents.severity import LEVEL_FOR_SEVERITY, ServiceStatus, Severity
from incidents.statuspage import bodies, ids
from incidents.statuspage.importing import fields, levels, walk
from incidents.statuspage.importing.fields import Record
from incidents.statuspage.importing.levels import Change
from incidents.statuspage.importing.walk import Walk

POSTMORTEM = "postmortem"
_AT_THE_END = 10_000

_INCIDENT_STATUSES: Mapping[str, IncidentStatus] = {
    **{str(s): s for s in IncidentStatus if s is not IncidentStatus.DRAFT},
    POSTMORTEM: IncidentStatus.RESOLVED,
}
_MAINTENANCE_STATUSES: Mapping[str, MaintenanceStatus] = {
    **{str(s): s for s in MaintenanceStatus},
    "verifying": MaintenanceStatus.IN_PROGRESS,
    "canceled": MaintenanceStatus.CANCELLED,
}
_SEVERITIES: Mapping[str, Severity] = {str(s): s for s in Severity}
_LEVELS: Mapping[str, ServiceStatus] = {str(s): s for s in ServiceStatus}


@dataclass(frozen=True)
class Entry:
    """A service or a group. `group`: the id of the group that it names."""

    id: str
    fields: Mapping[str, Any]
    created_at: datetime
    group: str | None = None


@dataclass(frozen=True)
class Told:
    """An incident or a maintenance window."""

    history: History
    walk: Walk


def entry(component: Record) -> Entry:
    """A component of the catalogue, or one that is known from an incident only."""
    return Entry(
        id=fields.identifier(component),
        fields={
            "name": rules.tidy(fields.text(component, "name")),
            "description": rules.tidy(fields.text(component, "description")),
            "position": fields.number(component, "position"),
            **({} if component.get("group") else {"start_date": fields.optional_day(component, "start_date")}),
        },
        created_at=fields.instant(component, "created_at"),
        group=fields.identifier(component, "group_id") if component.get("group_id") else None,
    )


def mentioned(record: Record) -> dict[str, Record]:
    """Id → the component that an incident or window names. Its updates may name some that are gone since: those
    have a name and nothing else, and go to the end of the page."""
    gone = {
        fields.identifier(hit, "code"): {
            "id": hit["code"],
            "name": hit.get("name"),
            "position": _AT_THE_END,
            "created_at": record.get("created_at"),
        }
        for update in fields.records(record, "incident_updates")
        for hit in fields.records(update, "affected_components")
        if hit.get("code")
    }
    return {**gone, **{fields.identifier(component): component for component in fields.records(record, "components")}}


def incident(record: Record) -> Told:
    raw = fields.records(record, "incident_updates")
    last = fields.choice(record, "status", _INCIDENT_STATUSES)
    over = last is IncidentStatus.RESOLVED
    postmortems = [u for u in raw if over and u.get("status") == POSTMORTEM]
    told = _updates([u for u in raw if u not in postmortems], _INCIDENT_STATUSES)
    path = walk.legal(told, last, first=IncidentStatus.INVESTIGATING)
    severity = fields.choice(record, "impact", _SEVERITIES)
    started_at = fields.optional_instant(record, "started_at") or fields.instant(record, "created_at")
    resolved_at = _ended_at(record, path)
    return Told(
        _history(
            record,
            path,
            _incident_impacts(record, LEVEL_FOR_SEVERITY[severity], started_at, resolved_at),
            severity=severity,
            started_at=started_at,
            resolved_at=resolved_at,
            **_postmortem(postmortems),
        ),
        path,
    )


def maintenance(record: Record) -> Told:
    planned_start = fields.instant(record, "scheduled_for")
    last = fields.choice(record, "status", _MAINTENANCE_STATUSES)
    told = _updates(fields.records(record, "incident_updates"), _MAINTENANCE_STATUSES)
    path = walk.legal(told, last, first=MaintenanceStatus.SCHEDULED, start=_start(record, planned_start))
    started_at, ended_at = _began_at(path, planned_start), _ended_at(record, path)
    if started_at and ended_at:
        started_at = min(started_at, ended_at)
    history = _history(
        record,
        path,
        _maintenance_impacts(record, started_at, ended_at) if started_at else frozenset(),
        scheduled_start_at=planned_start,
        scheduled_end_at=fields.instant(record, "scheduled_until"),
        started_at=started_at,
        ended_at=ended_at,
    )
    return Told(replace(history, services=frozenset(_named(record))), path)


def _history(record: Record, path: Walk, impacts: frozenset[RecordedImpact], **columns: Any) -> History:
    common = {
        "title": rules.tidy(fields.text(record, "name")),
        "description": "",
        "created_at": fields.instant(record, "created_at"),
    }
    return History(fields.identifier(record), {**common, **columns}, path.updates, impacts)


def _updates(raw: Sequence[Record], statuses: Mapping[str, Status]) -> list[RecordedUpdate]:
    """Oldest first. Those of the same instant stay in the order of the document, which lists the newest first."""
    told = [_update(update, statuses) for update in raw]
    if not told:
        fields.refuse("incident_updates", "required", "Must hold at least one update.")
    if told[0].display_at >= told[-1].display_at:
        told.reverse()
    return sorted(told, key=lambda update: update.display_at)


def _update(update: Record, statuses: Mapping[str, Status]) -> RecordedUpdate:
    status = fields.choice(update, "status", statuses)
    created_at = fields.instant(update, "created_at")
    words = rules.tidy(bodies.markdown(fields.text(update, "body")))
    return RecordedUpdate(
        id=fields.identifier(update),
        status=status,
        message=words or lifecycle.default_message(status),
        created_at=created_at,
        display_at=fields.optional_instant(update, "display_at") or created_at,
        notify=update.get("deliver_notifications") is not False,
    )


def _postmortem(raw: Sequence[Record]) -> dict[str, Any]:
    told = _updates(raw, _INCIDENT_STATUSES) if raw else []
    return {
        "postmortem": "\n\n".join(update.message for update in told),
        "postmortem_published_at": told[0].display_at if told else None,
    }


def _ended_at(record: Record, path: Walk) -> datetime | None:
    newest = path.updates[-1]
    if newest.status not in FINAL:
        return None
    return fields.optional_instant(record, "resolved_at") or newest.display_at


def _start(record: Record, at: datetime) -> RecordedUpdate:
    status = MaintenanceStatus.IN_PROGRESS
    id = ids.derived(fields.identifier(record), status)
    return RecordedUpdate(id, status, lifecycle.default_message(status), at, at, notify=False)


def _began_at(path: Walk, planned: datetime) -> datetime | None:
    starts = [update.display_at for update in path.updates if update.status is MaintenanceStatus.IN_PROGRESS]
    if starts:
        return starts[0]
    return planned if path.updates[-1].status is MaintenanceStatus.COMPLETED else None


def _named(record: Record) -> list[str]:
    return [fields.identifier(component) for component in fields.records(record, "components")]


def _changes(record: Record, applies: Callable[[ServiceStatus], bool]) -> list[Change]:
    """What the updates say about components. Old documents name none, or a sentence instead of one."""
    newest_first = fields.records(record, "incident_updates")
    return [
        Change(_update_time(update), fields.identifier(hit, "code"), level)
        for update in reversed(newest_first)
        for hit in fields.records(update, "affected_components")
        if hit.get("code") and applies(level := fields.choice(hit, "new_status", _LEVELS))
    ]


def _update_time(update: Record) -> datetime:
    return fields.optional_instant(update, "display_at") or fields.instant(update, "created_at")


def _incident_impacts(
    record: Record, level: ServiceStatus, start: datetime, end: datetime | None
) -> frozenset[RecordedImpact]:
    changes = _changes(record, lambda _: True)
    if changes:
        return levels.impacts(changes, _named(record), start, end)
    return frozenset(RecordedImpact(service, level, start, end) for service in _named(record))


def _maintenance_impacts(record: Record, start: datetime, end: datetime | None) -> frozenset[RecordedImpact]:
    """All that it names is under maintenance while it runs, or worse where an update says so."""
    begun = [Change(start, service, ServiceStatus.UNDER_MAINTENANCE) for service in _named(record)]
    said = _changes(record, lambda level: level is not ServiceStatus.OPERATIONAL)
    return levels.impacts([*begun, *(c for c in said if c.at >= start)], _named(record), start, end)
