"""Rows as the API shows them: to ops everything, to everybody else only what is public.

Keys are snake_case here; a dialect may change their case.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from incidents.lifecycle import FINAL, IncidentStatus, MaintenanceStatus
from incidents.models import (
    Impact,
    Incident,
    IncidentUpdate,
    MaintenanceUpdate,
    MaintenanceWindow,
    Service,
    ServiceGroup,
)
from incidents.models.impact import services_of

type Payload = dict[str, Any]


def incidents(*, everything: bool) -> QuerySet[Incident]:
    """Three queries however many there are, with all that `incident` shows."""
    told = IncidentUpdate.objects.all() if everything else IncidentUpdate.objects.exclude(status=IncidentStatus.DRAFT)
    rows = Incident.objects.all() if everything else Incident.objects.public()
    return rows.select_related("continues").prefetch_related(
        _impacts(everything), Prefetch("updates", told, to_attr="shown_updates")
    )


def maintenances(*, everything: bool) -> QuerySet[MaintenanceWindow]:
    """Four queries however many there are, with all that `maintenance` shows."""
    services = Service.objects.all() if everything else Service.objects.public()
    rows = MaintenanceWindow.objects.all() if everything else MaintenanceWindow.objects.public()
    return rows.prefetch_related(
        _impacts(everything),
        Prefetch("services", services, to_attr="shown_services"),
        Prefetch("updates", MaintenanceUpdate.objects.all(), to_attr="shown_updates"),
    )


def incident(row: Any, *, everything: bool) -> Payload:
    before = row.continues if row.continues and (everything or row.continues.is_visible) else None
    published = row.postmortem_published_at
    return {
        **_story(row),
        "url": f"{settings.SITE_URL}/incidents/{row.pk}/",
        "severity": row.severity,
        "affected_services": shown_services(row),
        "started_at": row.started_at,
        "resolved_at": row.resolved_at,
        "continues": before.pk if before else None,
        "postmortem": postmortem(row) if published or (everything and row.postmortem) else None,
    }


def maintenance(row: Any, *, everything: bool) -> Payload:
    return {
        **_story(row),
        "url": f"{settings.SITE_URL}/maintenance/{row.pk}/",
        "affected_services": shown_services(row),
        "scheduled_start_at": row.scheduled_start_at,
        "scheduled_end_at": row.scheduled_end_at,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "automatic": row.automatic,
    }


def postmortem(row: Incident) -> Payload:
    published_at = row.postmortem_published_at
    return {"body": row.postmortem, "published": published_at is not None, "published_at": published_at}


def update(row: Any) -> Payload:
    return {
        "id": row.pk,
        "message": row.message,
        "status": row.status,
        "created_at": row.created_at,
        "display_at": row.display_at,
        "edited_at": row.edited_at,
    }


def service_entry(row: Service) -> Payload:
    return {
        **group_entry(row),
        "group": row.group.slug if row.group else None,
        "is_public": row.is_public,
        "start_date": row.start_date,
    }


def group_entry(row: Service | ServiceGroup) -> Payload:
    return {
        "id": row.slug,
        "slug": row.slug,
        "name": row.name,
        "description": row.description,
        "position": row.position,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def shown_services(row: Any) -> list[str]:
    """The services that are hit now; once it is over, all that ever were; before it began, those that will be."""
    over = row.state in FINAL
    hit = services_of(impact for impact in row.shown_impacts if over or impact.ended_at is None)
    if not hit and not isinstance(row, Incident) and row.state is not MaintenanceStatus.IN_PROGRESS:
        return [service.slug for service in row.shown_services]
    return [service.slug for service in hit]


def _impacts(everything: bool) -> "Prefetch[str, QuerySet[Impact], str]":
    rows = Impact.objects.all() if everything else Impact.objects.public()
    return Prefetch("impacts", rows.select_related("service"), to_attr="shown_impacts")


def _story(row: Any) -> Payload:
    return {
        "id": row.pk,
        "title": row.title,
        "description": row.description,
        "status": row.status,
        "impacts": [_impact(impact) for impact in row.shown_impacts],
        "is_public": row.is_public,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "version": row.version,
        "next_update_at": _promise(row),
        "updates": [update(one) for one in row.shown_updates],
    }


def _impact(row: Impact) -> Payload:
    return {
        "service": row.service.slug,
        "level": row.level,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
    }


def _promise(row: Any) -> datetime | None:
    """When the latest word says the next one will come; a note that completes history takes nothing back."""
    words = [one for one in row.shown_updates if one.display_at >= one.created_at]
    latest = max(words, key=lambda one: one.version, default=None)
    return latest.next_update_at if latest and row.state not in FINAL else None
