"""“Next update by …”: when that is past, ops are reminded, once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet

from incidents import roles
from incidents.lifecycle import OPEN_INCIDENT, MaintenanceStatus
from incidents.models.delivery import Delivery
from incidents.models.message import Kind
from incidents.models.pacing import Lane
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction
from incidents.models.update import IncidentUpdate, MaintenanceUpdate, TimelineUpdate

_OPEN: Mapping[type[TimelineUpdate], tuple[str, tuple[str, ...]]] = {
    IncidentUpdate: ("incident", OPEN_INCIDENT),
    MaintenanceUpdate: ("maintenance", (MaintenanceStatus.SCHEDULED, MaintenanceStatus.IN_PROGRESS)),
}


def nudge(now: datetime) -> int:
    """Has a mail sent to each of ops who has an address, for each promise that was not kept; returns for how many.

    A mail's `about` says of which promise: {"update": id}.
    """
    overdue = {"next_update_at__lte": now, "nudged_at": None}
    return sum(_nudge(update, now) for kind in _OPEN for update in _broken(kind).filter(**overdue))


def broken_promise(about: Mapping[str, Any]) -> tuple[Timeline, datetime] | None:
    """What such a mail tells of: the story, and when its next word was due. None once the word has come."""
    for kind in _OPEN:
        for update in _broken(kind).filter(pk=about.get("update")):
            return update.timeline, update.next_update_at
    return None


def _broken(kind: type[TimelineUpdate]) -> "QuerySet[Any]":
    """The last words of what is not over, with a promise."""
    cause, open_states = _OPEN[kind]
    later = kind._base_manager.filter(**{cause: OuterRef(cause), "version__gt": OuterRef("version")})
    told = kind._base_manager.filter(~Exists(later), next_update_at__isnull=False)
    return told.filter(**{f"{cause}__status__in": open_states}).select_related(cause)


@in_one_transaction
def _nudge(update: TimelineUpdate, now: datetime) -> bool:
    if not type(update)._base_manager.filter(pk=update.pk, nudged_at=None).update(nudged_at=now):
        return False
    ops = get_user_model()._default_manager.filter(roles.holding(roles.PLATFORM_OPS), is_active=True)
    Delivery.objects.bulk_create(
        Delivery(kind=Kind.NUDGE, lane=Lane.MAIL, user=user, about={"update": update.pk}, due_at=now, created_at=now)
        for user in ops.exclude(email="").distinct()
    )
    return True
