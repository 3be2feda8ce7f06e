from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from incidents.lifecycle import FINAL, OF_AN_EXTENSION
from incidents.models.audit import Actor
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from incidents.models.maintenance import MaintenanceWindow


class Planned(Timeline):
    """What has a plan that may turn out too short, or collide with another one."""

    class Meta:
        abstract = True

    @in_one_transaction
    def extend(
        self: Any,
        by_how_much: timedelta,
        *,
        by: Actor,
        message: str = "",
        notify: bool = True,
        version: int | None = None,
        now: datetime | None = None,
    ) -> None:
        """Moves the planned end and says so in a note. Raises NotFound, StaleVersion, Conflict, Invalid, Busy."""
        now = now or timezone.now()
        self.lock(version)
        self.edit(by=by, now=now, scheduled_end_at=self.scheduled_end_at + by_how_much)
        self.post_update(by=by, status=self.state, message=message or OF_AN_EXTENSION, notify=notify, now=now)

    def overlapping(self: Any) -> "QuerySet[MaintenanceWindow]":
        """The other windows that are still to end and hit one of its services in its planned time."""
        others = type(self)._base_manager.exclude(pk=self.pk).exclude(status__in=FINAL)
        at_the_same_time = others.filter(
            scheduled_start_at__lt=self.scheduled_end_at, scheduled_end_at__gt=self.scheduled_start_at
        )
        found: QuerySet[MaintenanceWindow] = at_the_same_time.filter(services__in=self.services.all()).distinct()
        return found.order_by("scheduled_start_at")
