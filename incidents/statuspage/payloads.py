"""What the public sees → the records of Statuspage-v2 documents, keys in the order that the format lists them in."""

from datetime import date, datetime

from django.conf import settings
from django.urls import reverse

from incidents import page
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.page.instants import instant, optional_instant
from incidents.rules import EARLIEST
from incidents.severity import Overall
from incidents.statuspage.bodies import with_line_breaks
from incidents.statuspage.components import Components, Payload
from incidents.statuspage.ids import page_id
from incidents.statuspage.updates import POSTMORTEM, updates
from statussite.languages import written_in

MAINTENANCE = "maintenance"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def the_page() -> Payload:
    """A page that nobody has changed yet says that it was changed at the earliest instant that there is here."""
    return {
        "id": page_id(),
        "name": settings.PAGE_NAME,
        "url": settings.SITE_URL,
        "time_zone": page.zone().key,
        "updated_at": instant(page.changed_at() or EARLIEST),
    }


def status(overall: Overall) -> Payload:
    return {"indicator": overall.indicator, "description": overall.headline}


def incident(told: page.Incident, components: Components) -> Payload:
    published_at = told.postmortem_published_at
    story = _story(
        told,
        components,
        status=POSTMORTEM if published_at else told.status,
        updated_at=max(told.updated_at, published_at or told.updated_at),
        monitoring_at=_monitoring_at(told),
        resolved_at=told.resolved_at,
        started_at=told.started_at,
        components_of={hit.id for hit in told.affected},
    )
    return {**story, "reminder_intervals": None}


def maintenance(told: page.Maintenance, components: Components) -> Payload:
    """In the words of the format it started when it was announced."""
    story = _story(
        told,
        components,
        status=told.status,
        updated_at=told.updated_at,
        monitoring_at=None,
        resolved_at=told.ended_at,
        started_at=told.created_at,
        components_of={*told.planned, *(hit.id for hit in told.affected)},
    )
    return {
        **story,
        "scheduled_for": instant(told.scheduled_start_at),
        "scheduled_until": instant(told.scheduled_end_at),
        "reminder_intervals": None,
    }


def month(first: date, stories: tuple[page.Story, ...]) -> Payload:
    held = [story for story in stories if story.status is not MaintenanceStatus.CANCELLED]
    return {"name": _MONTHS[first.month - 1], "year": first.year, "incidents": [_listed(story) for story in held]}


def _listed(story: page.Story) -> Payload:
    """`message`: the latest word; `timestamp`: the instant that puts it into its month."""
    return {
        "code": story.id,
        "name": story.title,
        "message": with_line_breaks(story.updates[0].message),
        "impact": _impact(story),
        "timestamp": instant(story.listed_at),
    }


def _story(
    told: page.Story,
    components: Components,
    *,
    status: str,
    updated_at: datetime,
    monitoring_at: datetime | None,
    resolved_at: datetime | None,
    started_at: datetime,
    components_of: set[str],
) -> Payload:
    return {
        "id": told.id,
        "name": told.title,
        "status": str(status),
        "created_at": instant(told.created_at),
        "updated_at": instant(updated_at),
        "monitoring_at": optional_instant(monitoring_at),
        "resolved_at": optional_instant(resolved_at),
        "impact": _impact(told),
        "shortlink": _permalink(told),
        "started_at": instant(started_at),
        "page_id": page_id(),
        "incident_updates": updates(told, components),
        "components": components.only(components_of),
    }


def _impact(told: page.Story) -> str:
    return str(told.severity) if isinstance(told, page.Incident) else MAINTENANCE


def _permalink(told: page.Story) -> str:
    kind = "incident" if isinstance(told, page.Incident) else "maintenance"
    with written_in():
        return f"{settings.SITE_URL}{reverse(f'public:{kind}', args=[told.id])}"


def _monitoring_at(told: page.Incident) -> datetime | None:
    return min((u.display_at for u in told.updates if u.status == IncidentStatus.MONITORING), default=None)
