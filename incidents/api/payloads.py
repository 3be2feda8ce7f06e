"""Rows as the API shows them: to ops everything, to everybody else only what is public."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from incidents.api import shapes
from incidents.lifecycle import FINAL, IncidentStatus, MaintenanceStatus
from incidents.models import (
    Impact,
    Incident,
    IncidentUpdate,
    MaintenanceUpdate,
    MaintenanceWindow,
    Service,
)
from incidents.models.impact import services_of
from incidents.models.service import CatalogueEntry
from incidents.severity import ServiceStatus, Severity

_PAGES = {Incident: "incidents", MaintenanceWindow: "maintenance"}


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


def incident(row: Any, *, everything: bool) -> shapes.Incident:
    before = row.continues if row.continues and (everything or row.continues.is_visible) else None
    published = row.postmortem_published_at
    return {
        **_story(row),
        "severity": Severity(row.severity),
        "status": IncidentStatus(row.status),
        "resolved_at": row.resolved_at,
        "continues": before.pk if before else None,
        "merged_into": row.merged_into_id,
        "postmortem": postmortem(row) if published or (everything and row.postmortem) else None,
        "updates": [incident_update(one) for one in row.shown_updates],
    }


def maintenance(row: Any, *, everything: bool) -> shapes.Maintenance:
    return {
        **_story(row),
        "status": MaintenanceStatus(row.status),
        "scheduled_start_at": row.scheduled_start_at,
        "scheduled_end_at": row.scheduled_end_at,
        "ended_at": row.ended_at,
        "automatic": row.automatic,
        "updates": [maintenance_update(one) for one in row.shown_updates],
    }


def postmortem(row: Incident) -> shapes.Postmortem:
    published_at = row.postmortem_published_at
    return {"body": row.postmortem, "published": published_at is not None, "published_at": published_at}


def incident_update(row: IncidentUpdate) -> shapes.IncidentUpdate:
    return {**_update(row), "status": IncidentStatus(row.status)}


def maintenance_update(row: MaintenanceUpdate) -> shapes.MaintenanceUpdate:
    return {**_update(row), "status": MaintenanceStatus(row.status)}


def service_entry(row: Service) -> shapes.ServiceEntry:
    return {
        **group_entry(row),
        "group": row.group.slug if row.group else None,
        "is_public": row.is_public,
        "start_date": row.start_date,
    }


def group_entry(row: CatalogueEntry) -> shapes.GroupEntry:
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


def _story(row: Any) -> shapes.Story:
    return {
        "id": row.pk,
        "title": row.title,
        "description": row.description,
        "affected_services": shown_services(row),
        "impacts": [_impact(impact) for impact in row.shown_impacts],
        "is_public": row.is_public,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "version": row.version,
        "url": f"{settings.SITE_URL}/{_PAGES[type(row)]}/{row.pk}/",
        "next_update_at": _promise(row),
        "started_at": row.started_at,
    }


def _update(row: IncidentUpdate | MaintenanceUpdate) -> shapes.Update:
    return {
        "id": row.pk,
        "message": row.message,
        "created_at": row.created_at,
        "display_at": row.display_at,
        "edited_at": row.edited_at,
    }


def _impact(row: Impact) -> shapes.Impact:
    return {
        "service": row.service.slug,
        "level": ServiceStatus(row.level),
        "started_at": row.started_at,
        "ended_at": row.ended_at,
    }


def _promise(row: Any) -> datetime | None:
    """When the latest word says the next one will come; a note that completes history takes nothing back."""
    words = [one for one in row.shown_updates if one.display_at >= one.created_at]
    latest = max(words, key=lambda one: one.version, default=None)
    return latest.next_update_at if latest and row.state not in FINAL else None
