"""“Next update by …”: when that is past, ops are reminded, once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from django.contrib.auth import get_user_model

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


class Said(Protocol):
    """An update: a row, or what the public sees of one."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def display_at(self) -> datetime: ...
    @property
    def next_update_at(self) -> datetime | None: ...


def latest_word[U: Said](updates: Iterable[U]) -> U | None:
    """The last word on the present: its promise holds, or none does.

    A note that completes history is no such word, unless it makes a promise or there is nothing else.
    """
    told = list(updates)
    present = [update for update in told if update.display_at >= update.created_at or update.next_update_at]
    return max(present or told, key=lambda update: update.created_at, default=None)


def nudge(now: datetime) -> int:
    """Has a mail sent to each of ops who has an address, for each promise that was not kept; returns for how many.

    A mail's `about` says of which promise: {"update": id}.
    """
    return sum(_nudge(update, now) for update in _binding(next_update_at__lte=now, nudged_at=None))


def broken_promise(about: Mapping[str, Any]) -> tuple[Timeline, datetime] | None:
    """What such a mail tells of: the story, and when its next word was due. None once the word has come."""
    found = next(_binding(pk=about.get("update")), None)
    return (found.timeline, found.next_update_at) if found else None


def _binding(**which: Any) -> Iterator[Any]:
    """The promises that hold of what is not over, and that a later word has neither kept nor replaced."""
    for kind, (cause, open_states) in _OPEN.items():
        given = kind._base_manager.filter(next_update_at__isnull=False, **{f"{cause}__status__in": open_states})
        for update in given.filter(**which).select_related(cause).prefetch_related(f"{cause}__updates"):
            if update == latest_word(update.timeline.updates.all()):
                yield update


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
