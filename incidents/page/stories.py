"""Rows → what the public may read of one incident or maintenance window, and of many at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from incidents import models, severity, uptime
from incidents.errors import Merged, NotFound
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models.transaction import in_one_snapshot
from incidents.page.changes import changes_told
from incidents.page.values import Affected, Incident, LevelChange, Link, Maintenance, Update
from incidents.severity import ServiceStatus, Severity

_PUBLIC_IMPACTS = Prefetch(
    "impacts",
    models.Impact.objects.filter(service__is_public=True).select_related("service"),
    to_attr="public_impacts",
)
_TOLD_UPDATES = Prefetch(
    "updates", models.IncidentUpdate.objects.exclude(status=IncidentStatus.DRAFT), to_attr="told_updates"
)
_TOLD_NOTES = Prefetch("updates", models.MaintenanceUpdate.objects.all(), to_attr="told_updates")
_PUBLIC_SERVICES = Prefetch("services", models.Service.objects.public(), to_attr="public_services")
_PUBLIC_SUCCESSORS = Prefetch("continued_by", models.Incident.objects.public(), to_attr="public_successors")


def incidents(rows: "QuerySet[models.Incident]", now: datetime, *, told: bool = True) -> tuple[Incident, ...]:
    """In the order of `rows`; three queries however many there are, two when their updates are not `told`."""
    rows = rows.prefetch_related(_PUBLIC_IMPACTS, *([_TOLD_UPDATES] if told else []))
    return tuple(_incident(row, now) for row in rows)


def maintenances(
    rows: "QuerySet[models.MaintenanceWindow]", now: datetime, *, told: bool = True
) -> tuple[Maintenance, ...]:
    """In the order of `rows`; four queries however many there are, three when their updates are not `told`."""
    rows = rows.prefetch_related(_PUBLIC_IMPACTS, _PUBLIC_SERVICES, *([_TOLD_NOTES] if told else []))
    return tuple(_maintenance(row, now) for row in rows)


@in_one_snapshot
def incident(id: str, now: datetime) -> Incident:
    """One incident with its neighbours and relatives. Raises NotFound for what the public may not see,
    Merged (one of these) for what another one tells by now."""
    public = models.Incident.objects.public()
    related = public.select_related("continues").prefetch_related(_PUBLIC_IMPACTS, _TOLD_UPDATES, _PUBLIC_SUCCESSORS)
    row = related.filter(pk=id).first()
    if row is None:
        raise _gone(id)
    # The bound outside the alternatives is what lets both databases begin right there in the index.
    before = public.filter(started_at__lte=row.started_at).filter(
        Q(started_at__lt=row.started_at) | Q(started_at=row.started_at, pk__lt=row.pk)
    )
    after = public.filter(started_at__gte=row.started_at).filter(
        Q(started_at__gt=row.started_at) | Q(started_at=row.started_at, pk__gt=row.pk)
    )
    return _incident(
        row,
        now,
        continues=_link(row.continues) if row.continues and row.continues.is_visible else None,
        continued_by=tuple(_link(successor) for successor in row.public_successors),  # type: ignore[attr-defined]
        older=_link(before.order_by("-started_at", "-pk").first()),
        newer=_link(after.order_by("started_at", "pk").first()),
    )


def _gone(id: str) -> NotFound:
    into = models.Incident.leading_away().filter(pk=id).values_list("merged_into", flat=True).first()
    return Merged(into) if into else NotFound("No such incident.")


@in_one_snapshot
def maintenance(id: str, now: datetime) -> Maintenance:
    """Raises NotFound for what the public may not see."""
    found = maintenances(models.MaintenanceWindow.objects.public().filter(pk=id), now)
    if not found:
        raise NotFound("No such maintenance window.")
    return found[0]


def _incident(row: Any, now: datetime, **relatives: Any) -> Incident:
    return Incident(
        **_common(row, now),
        status=IncidentStatus(row.status),
        severity=Severity(row.severity),
        started_at=row.started_at,
        resolved_at=row.resolved_at,
        duration=(row.resolved_at or now) - row.started_at,
        postmortem=row.postmortem if row.postmortem_published_at else "",
        postmortem_published_at=row.postmortem_published_at,
        **{"continues": None, "continued_by": (), **relatives},
    )


def _maintenance(row: Any, now: datetime) -> Maintenance:
    common = _common(row, now)
    if not common["affected"]:
        common["affected"] = tuple(_planned(service, row) for service in row.public_services)
    return Maintenance(
        **common,
        status=MaintenanceStatus(row.status),
        scheduled_start_at=row.scheduled_start_at,
        scheduled_end_at=row.scheduled_end_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        automatic=row.automatic,
        planned=tuple(service.pk for service in row.public_services),
    )


def _common(row: Any, now: datetime) -> dict[str, Any]:
    told = getattr(row, "told_updates", ())
    return {
        "id": row.pk,
        "title": row.title,
        "description": row.description,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "updates": tuple(map(_update, told, changes_told(told, row.public_impacts))),
        "affected": _affected(row.public_impacts, now),
    }


def _update(row: Any, changes: tuple[LevelChange, ...]) -> Update:
    return Update(
        id=row.pk,
        status=row.status,
        message=row.message,
        created_at=row.created_at,
        display_at=row.display_at,
        edited_at=row.edited_at,
        next_update_at=row.next_update_at,
        notify=row.notify,
        changes=changes,
    )


def _affected(impacts: Sequence[models.Impact], now: datetime) -> tuple[Affected, ...]:
    """Each service once; its duration is the time for which any level held."""
    by_service: dict[models.Service, list[models.Impact]] = {}
    for impact in impacts:
        by_service.setdefault(impact.service, []).append(impact)
    ordered = sorted(by_service.items(), key=lambda item: (item[0].position, item[0].name, item[0].pk))
    return tuple(_over_its_life(service, hits, now) for service, hits in ordered)


def _over_its_life(service: models.Service, hits: Sequence[models.Impact], now: datetime) -> Affected:
    ends = [hit.ended_at for hit in hits if hit.ended_at is not None]
    start = min(hit.started_at for hit in hits)
    end = max(ends) if len(ends) == len(hits) else None
    figures = uptime.figures([hit.stretch for hit in hits], start, end or now, since=start, now=now)
    return Affected(
        id=service.pk,
        slug=service.slug,
        name=service.name,
        level=severity.worst(ServiceStatus(hit.level) for hit in hits),
        started_at=start,
        ended_at=end,
        duration=figures.affected,
        level_now=severity.worst(ServiceStatus(hit.level) for hit in hits if hit.ended_at is None),
    )


def _planned(service: models.Service, window: models.MaintenanceWindow) -> Affected:
    start, end = window.scheduled_start_at, window.scheduled_end_at
    level = ServiceStatus.UNDER_MAINTENANCE
    return Affected(service.pk, service.slug, service.name, level, start, end, end - start)


def _link(row: models.Incident | None) -> Link | None:
    return Link(row.pk, row.title) if row else None
