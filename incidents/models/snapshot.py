"""What an event keeps of its subject: the facts after the change, with nothing in them that is private beside it.

They are read in the transaction of the change, so that who tells of it later tells what was true then.
"""

from typing import TYPE_CHECKING

from incidents.lifecycle import IncidentStatus
from incidents.severity import ServiceStatus, worst

if TYPE_CHECKING:
    from incidents.models.timeline import Timeline
    from incidents.models.update import TimelineUpdate

type Facts = dict[str, object]

_OF_EVERY_TIMELINE = ("title", "description", "status", "is_public", "started_at")
_FIELDS = {
    "incident": (*_OF_EVERY_TIMELINE, "severity", "resolved_at", "postmortem_published_at"),
    "maintenance": (*_OF_EVERY_TIMELINE, "scheduled_start_at", "scheduled_end_at", "ended_at"),
}
_OF_AN_UPDATE = ("status", "message", "created_at", "display_at", "edited_at", "next_update_at")


def of_timeline(row: "Timeline", update: "TimelineUpdate | None") -> Facts:
    """`services`: the public ones that it has hit or will hit, each at its level by this alone; `update`: the word
    that the event is about, if it is about one; what was said in a draft stays among ops."""
    facts: Facts = {field: getattr(row, field) for field in _FIELDS[row.CAUSE]}
    facts["services"] = _services(row)
    if update is not None and update.status != IncidentStatus.DRAFT:
        facts["update"] = {"id": update.pk, **{field: getattr(update, field) for field in _OF_AN_UPDATE}}
    return facts


def services_named(row: "Timeline") -> set[str]:
    """The slugs of the public services that it has hit or will hit."""
    return {str(service["id"]) for service in _services(row)}


def _services(row: "Timeline") -> list[Facts]:
    named: dict[tuple[int, str, str], list[ServiceStatus]] = {}
    hits = row.impacts.filter(service__is_public=True).values_list(
        "service__position", "service__name", "service__slug", "level", "ended_at"
    )
    for *service, level, ended_at in hits:
        levels = named.setdefault(tuple(service), [])
        levels += [] if ended_at else [ServiceStatus(level)]
    for service in _planned(row):
        named.setdefault(service, [])
    return [{"id": slug, "name": name, "level": worst(levels)} for (_, name, slug), levels in sorted(named.items())]


def _planned(row: "Timeline") -> list[tuple[int, str, str]]:
    services = getattr(row, "services", None)
    if services is None:
        return []
    return list(services.filter(is_public=True).values_list("position", "name", "slug"))
