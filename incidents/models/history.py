"""History that somebody else recorded: stored as told, if it is a legal walk and nobody here has touched it since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.db import IntegrityError, models
from django.utils import timezone

from incidents import lifecycle, rules
from incidents.errors import Busy, Conflict, Violations
from incidents.lifecycle import Status
from incidents.models.audit import Actor, AuditEntry
from incidents.models.impact import Impact
from incidents.models.service import Service, ServiceGroup
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction
from incidents.severity import ServiceStatus

VIA = "import"  # the door of a person who imports
PROGRAM = Actor("import_statuspage", "command")


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    LEFT = "left"  # changed or deleted here since: not ours to overwrite


@dataclass(frozen=True)
class RecordedUpdate:
    id: str
    status: Status
    message: str
    created_at: datetime
    display_at: datetime
    notify: bool = True  # whether its subscribers were told then; ours never are


@dataclass(frozen=True)
class RecordedImpact:
    service: str  # id
    level: ServiceStatus
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class History:
    """One timeline. `fields`: columns of its model; `updates`: oldest first, each a legal move from the one before."""

    id: str
    fields: Mapping[str, Any]
    updates: tuple[RecordedUpdate, ...]
    impacts: frozenset[RecordedImpact]
    services: frozenset[str] | None = None  # ids, of what plans them: maintenance

    @property
    def status(self) -> Status:
        return self.updates[-1].status


@in_one_transaction
def record_history(
    kind: type[Timeline],
    told: History,
    *,
    by: Actor,
    on_creation: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Outcome:
    """Creates the timeline, or brings the one that was imported before up to date; notifies nobody.

    `on_creation`: columns that are set once and are no part of what was told.
    Raises Invalid, InvalidTransition, Conflict (an id is taken), Busy.
    """
    now = now or timezone.now()
    _check(told, now)
    row = kind._base_manager.select_for_update().filter(pk=told.id).first()
    if row is not None and read_history(row) == told:
        return Outcome.UNCHANGED
    if not _is_ours(kind, told.id, row):
        return Outcome.LEFT
    if row is None:
        _create(kind, told, {**(on_creation or {})}, by, now)
        return Outcome.CREATED
    _rewrite(row, told, by, now)
    return Outcome.UPDATED


@in_one_transaction
def record_entry(
    kind: type[Service] | type[ServiceGroup],
    id: str,
    fields: Mapping[str, Any],
    *,
    by: Actor,
    on_creation: Mapping[str, Any],
    now: datetime | None = None,
) -> Outcome:
    """The same for a service or a group. Raises Invalid, Busy."""
    now = now or timezone.now()
    row = kind._base_manager.filter(pk=id).first()
    if row is not None and all(getattr(row, field) == value for field, value in fields.items()):
        return Outcome.UNCHANGED
    if not _is_ours(kind, id, row):
        return Outcome.LEFT
    if row is None:
        kind.add(by=by, now=now, id=id, **on_creation, **fields)
        return Outcome.CREATED
    row.change(by=by, now=now, **fields)
    return Outcome.UPDATED


def read_history(row: Timeline) -> History:
    """What is stored, in the form in which it was told."""
    told = ("title", "description", "created_at", *_COLUMNS[row.CAUSE])
    fields = {field: getattr(row, field) for field in told}
    planned = getattr(row, "services", None)
    return History(
        id=row.pk,
        fields=fields,
        updates=tuple(
            RecordedUpdate(u.pk, row.STATUS(u.status), u.message, u.created_at, u.display_at, u.notify)
            for u in row.updates.order_by("version")
        ),
        impacts=frozenset(
            RecordedImpact(i.service_id, ServiceStatus(i.level), i.started_at, i.ended_at) for i in row.impacts.all()
        ),
        services=None if planned is None else frozenset(planned.values_list("pk", flat=True)),
    )


_COLUMNS = {
    "incident": ("severity", "started_at", "resolved_at", "postmortem", "postmortem_published_at"),
    "maintenance": ("scheduled_start_at", "scheduled_end_at", "started_at", "ended_at"),
}


def _check(told: History, now: datetime) -> None:
    found = rules.check({**told.fields, "body": told.fields.get("postmortem")}, now)
    if not told.updates:
        found.add("updates", "required", "A timeline needs at least one update.")
    for n, update in enumerate(told.updates):
        _check_update(found, f"updates[{n}]", update, now)
    found.not_in_future("created_at", told.fields["created_at"], now)
    found.raise_any()
    for before, after in pairwise(told.updates):
        lifecycle.check(before.status, after.status)


def _check_update(found: Violations, path: str, update: RecordedUpdate, now: datetime) -> None:
    for error in rules.check({"message": update.message, "display_at": update.display_at}, now).found:
        found.add(f"{path}.{error.field}", error.code, error.description)
    found.not_in_future(f"{path}.created_at", update.created_at, now)


def _is_ours(kind: type[models.Model], id: str, row: models.Model | None) -> bool:
    """Whether nothing but an import ever wrote it, or wrote it last. What was deleted here has a trail, but no row."""
    trail = AuditEntry.objects.filter(subject_type=kind._meta.model_name or "", subject_id=id)
    last = trail.order_by("-id").values_list("actor", "via").first()
    if row is None or last is None:
        return row is None and last is None
    return last[1] == VIA or last == (PROGRAM.name, PROGRAM.via)


def _create(kind: type[Timeline], told: History, extra: dict[str, Any], by: Actor, now: datetime) -> None:
    row = kind(
        id=told.id,
        status=told.status,
        version=len(told.updates),
        updated_at=_last_word(told),
        **told.fields,
        **extra,
    )
    try:
        row.save(force_insert=True)
        _tell(row, told, by, before={}, now=now)
    except IntegrityError as error:
        raise Conflict("The id of one of its updates belongs to something else here.") from error
    row.record("recorded", by=by, now=now, after=row.facts())


def _last_word(told: History) -> datetime:
    """When it was last told, there and not here: what was imported today is no news."""
    return max(update.created_at for update in told.updates)


def _rewrite(row: Timeline, told: History, by: Actor, now: datetime) -> None:
    """Its versions go on from where they were, so that no reader takes the new text for the old one."""
    was, was_visible = read_history(row), row.is_visible
    changed = {field: value for field, value in told.fields.items() if was.fields[field] != value}
    version = row.version + len(told.updates)
    same = type(row)._base_manager.filter(pk=row.pk, version=row.version)
    if not same.update(version=version, status=told.status, updated_at=_last_word(told), **changed):
        raise Busy
    before = {update.pk: update for update in row.updates.all()}
    row.updates.all().delete()
    row.impacts.all().delete()
    row.refresh_from_db()
    _tell(row, told, by, before=before, now=now)
    texts = {update.id: update.message for update in was.updates if update not in told.updates}
    row.record(
        "recorded",
        by=by,
        now=now,
        was_visible=was_visible,
        before={**{field: was.fields[field] for field in changed}, "updates": texts},
        after={**changed, "status": told.status, "updates": [u.id for u in told.updates if u not in was.updates]},
    )


def _tell(row: Timeline, told: History, by: Actor, *, before: Mapping[str, Any], now: datetime) -> None:
    update_model: type[models.Model] = row.updates.model
    first = row.version - len(told.updates) + 1
    update_model._base_manager.bulk_create(
        update_model(
            **{row.CAUSE: row, **vars(update)},
            version=first + n,
            author=by.name,
            edited_at=_edited_at(before.get(update.id), update, now),
        )
        for n, update in enumerate(told.updates)
    )
    Impact.objects.bulk_create(
        Impact(
            **{row.CAUSE: row},
            service_id=impact.service,
            level=impact.level,
            started_at=impact.started_at,
            ended_at=impact.ended_at,
        )
        for impact in told.impacts
    )
    if told.services is not None:
        row.services.set(told.services)  # type: ignore[attr-defined]


def _edited_at(before: Any, update: RecordedUpdate, now: datetime) -> datetime | None:
    if before is None:
        return None
    unedited: datetime | None = before.edited_at
    return unedited if before.message == update.message else now
