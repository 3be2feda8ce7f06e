"""What changed when: the level of a service with each update."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents import models
from incidents.lifecycle import FINAL, MaintenanceStatus
from incidents.models.impact import services_of
from incidents.page.values import LevelChange
from incidents.severity import ServiceStatus, worst

# While it says one of these, a timeline keeps no service from working, whatever instants its impacts were dated to.
_HARMLESS = (*FINAL, MaintenanceStatus.SCHEDULED)


def changes_told(told: Sequence[Any], impacts: Sequence[models.Impact]) -> list[tuple[LevelChange, ...]]:
    """For each update of `told`, newest first: the services that were hit by its time, and what it did to them.

    An impact begins and ends with an update, so a level belongs to the first update that is shown at or after it.
    """
    before: dict[str, ServiceStatus] = {}
    found = []
    for update in reversed(told):
        after = _levels_after(update, impacts)
        found.append(
            tuple(
                LevelChange(service, before.get(service, ServiceStatus.OPERATIONAL), level)
                for service, level in after.items()
            )
        )
        before = after
    return found[::-1]


def _levels_after(update: Any, impacts: Sequence[models.Impact]) -> dict[str, ServiceStatus]:
    """Service id → its level, of those that were ever hit by then."""
    at: datetime = update.display_at
    begun = [impact for impact in impacts if impact.started_at <= at]
    still = [] if update.status in _HARMLESS else [i for i in begun if i.ended_at is None or i.ended_at > at]
    return {
        service.pk: worst(ServiceStatus(impact.level) for impact in still if impact.service_id == service.pk)
        for service in services_of(begun)
    }
