"""What changed when: the levels of services with each update of a timeline."""

from collections.abc import Sequence
from typing import Any

from incidents import models
from incidents.lifecycle import FINAL, MaintenanceStatus
from incidents.models.impact import services_of
from incidents.page.values import LevelChange
from incidents.severity import ServiceStatus, worst

# While it says one of these, a timeline keeps no service from working, whatever instants its impacts were dated to.
_HARMLESS = (*FINAL, MaintenanceStatus.SCHEDULED)

type _Levels = dict[str, ServiceStatus]  # service id → its level


def changes_told(told: Sequence[Any], impacts: Sequence[models.Impact]) -> list[tuple[LevelChange, ...]]:
    """For each update of `told`, newest first: the services that were hit by its time, and what it did to them.

    Impacts begin and end with updates; the level of one belongs to the first update that is shown at or after it.
    """
    found = []
    before = _levels_ended_by(told[-1], impacts) if told else {}
    for update in reversed(told):
        after = _levels_after(update, impacts)
        found.append(tuple(_change(service, before, level) for service, level in after.items()))
        before = after
    return found[::-1]


def _change(service: str, before: _Levels, level: ServiceStatus) -> LevelChange:
    return LevelChange(service, before.get(service, ServiceStatus.OPERATIONAL), level)


def _levels_ended_by(first: Any, impacts: Sequence[models.Impact]) -> _Levels:
    """Nothing was hit before the first word, unless that already tells the end."""
    if first.status not in FINAL:
        return {}
    return _worst([i for i in impacts if i.started_at < first.display_at <= (i.ended_at or first.display_at)])


def _levels_after(update: Any, impacts: Sequence[models.Impact]) -> _Levels:
    at = update.display_at
    begun = [impact for impact in impacts if impact.started_at <= at]
    still = [] if update.status in _HARMLESS else [i for i in begun if i.ended_at is None or i.ended_at > at]
    levels = _worst(still)
    return {service.pk: levels.get(service.pk, ServiceStatus.OPERATIONAL) for service in services_of(begun)}


def _worst(impacts: Sequence[models.Impact]) -> _Levels:
    return {
        service: worst(ServiceStatus(impact.level) for impact in impacts if impact.service_id == service)
        for service in {impact.service_id for impact in impacts}
    }
