"""What happened here, for ops: the change feed, and the audit trail."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from incidents.api import trail_shapes
from incidents.api.bodies import Given
from incidents.api.operation import Operation
from incidents.api.paging import turn_to
from incidents.api.queries import AuditFilters, Following
from incidents.api.views import ApiView
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import AuditEntry, Event
from incidents.models.transaction import in_one_snapshot
from incidents.severity import ServiceStatus, Severity


class EventView(ApiView):
    """Ids follow the order of the commits without a gap: who asks for what came `after` the last one misses nothing."""

    operations = {"follow": Operation("Follow what happens, oldest first", trail_shapes.Events, query=Following)}

    def follow(self, request: Request) -> HttpResponseBase:
        asked = self.asked()
        size = asked["page_size"]
        found = list(Event.objects.filter(id__gt=asked["after"]).order_by("id")[: size + 1])
        events = found[:size]
        shown: trail_shapes.Events = {
            "events": [_event(event) for event in events],
            "next": events[-1].id if events else asked["after"],
            "more": len(found) > size,
        }
        return self.shown(shown)


class AuditView(ApiView):
    operations = {
        "list": Operation("Read the audit trail, newest first", trail_shapes.AuditEntry, lists=True, query=AuditFilters)
    }

    @in_one_snapshot
    def list(self, request: Request) -> HttpResponseBase:
        asked = self.asked()
        return self.listed(turn_to(_filtered(asked), asked, _entry))


_EXACTLY = ("subject_type", "subject_id", "actor", "action", "via")


def _filtered(asked: Given) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(**{field: asked[field] for field in _EXACTLY if asked[field] is not None})
    rows = rows.filter(at__gte=asked["since"]) if asked["since"] else rows
    return rows.filter(at__lt=asked["until"]) if asked["until"] else rows


def _event(row: Event) -> trail_shapes.Event:
    return {
        "id": row.id,
        "type": row.type,
        "subject": {"type": row.subject_type, "id": row.subject_id, "version": row.subject_version},
        "occurred_at": row.occurred_at,
        "public": row.public,
        "notify": row.notify,
        "payload": _worded(row.payload),
    }


def _entry(row: AuditEntry) -> trail_shapes.AuditEntry:
    return {
        "id": row.pk,
        "at": row.at,
        "actor": row.actor,
        "via": row.via,
        "address": row.address,
        "token": row.token,
        "action": row.action,
        "subject": {"type": row.subject_type, "id": row.subject_id, "title": row.subject_title},
        "before": _worded(row.before),
        "after": _worded(row.after),
    }


_ENUMERATED = ("status", "severity", "level")
_WORDS = {str(word): word for words in (IncidentStatus, MaintenanceStatus, ServiceStatus, Severity) for word in words}


def _worded(facts: Any) -> Any:
    """Stored facts with enumerated words as such again, so that a dialect writes them as it does elsewhere."""
    if isinstance(facts, dict):
        return {
            key: _WORDS.get(value, value) if key in _ENUMERATED and isinstance(value, str) else _worded(value)
            for key, value in facts.items()
        }
    return [_worded(fact) for fact in facts] if isinstance(facts, list) else facts
