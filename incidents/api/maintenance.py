from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from incidents import rules
from incidents.api import bodies, payloads, shapes
from incidents.api.bodies import Given
from incidents.api.operation import Operation, read
from incidents.api.queries import MaintenanceFilters, Paged
from incidents.api.timeline import TimelineView, with_services_as
from incidents.errors import Violations
from incidents.lifecycle import FINAL, MaintenanceStatus
from incidents.models import MaintenanceUpdate, MaintenanceWindow
from incidents.models.impact import Levels

_PLANNED = ("title", "description", "scheduled_start_at", "scheduled_end_at", "is_public", "automatic")


class MaintenanceView(TimelineView):
    """`affected_services` is the plan until the window begins, then also what is hit, at the given levels."""

    model = MaintenanceWindow
    noun = "Maintenance window"
    operations = {
        "list": read("List maintenance, latest first", shapes.Maintenance, lists=True, query=MaintenanceFilters),
        "create": Operation("Schedule maintenance", shapes.Maintenance, status=201, body=bodies.NewMaintenance),
        "retrieve": read("Read a maintenance window", shapes.Maintenance),
        "partial_update": Operation("Change a maintenance window", shapes.Maintenance, body=bodies.MaintenanceChange),
        "destroy": Operation("Delete a maintenance window", body=bodies.Removal),
        "list_updates": read("List its updates, newest first", shapes.MaintenanceUpdate, lists=True, query=Paged),
        "post_update": Operation(
            "Post an update", shapes.MaintenanceUpdate, status=201, body=bodies.NewMaintenanceUpdate
        ),
    }

    def rows(self) -> QuerySet[MaintenanceWindow]:
        return payloads.maintenances(everything=self.sees_everything)

    def filtered(self, rows: QuerySet[Any], asked: Given) -> QuerySet[Any]:
        status = asked["status"]
        return rows.filter(status=status) if status else rows

    def show(self, row: MaintenanceWindow) -> shapes.Maintenance:
        return payloads.maintenance(row, everything=self.sees_everything)

    def show_update(self, row: MaintenanceUpdate) -> shapes.MaintenanceUpdate:
        return payloads.maintenance_update(row)

    def begin(self, given: Given) -> MaintenanceWindow:
        return MaintenanceWindow.schedule(by=self.actor, **with_services_as("services", given))

    def change(self, row: MaintenanceWindow, given: Given) -> None:
        levels: Levels | None = given.get("affected_services")
        plan = {field: given[field] for field in _PLANNED if field in given}
        status = given.get("status", row.state)
        posts = status != row.state or given.get("message") or _says_levels(levels)
        if plan or levels is not None:
            row.edit(by=self.actor, services=levels, notify=not posts, **plan)  # or the update will tell
        if posts:
            row.post_update(by=self.actor, status=status, message=given.get("message", ""), levels=levels)

    def tell(self, row: MaintenanceWindow, given: Given) -> Any:
        levels = given.get("affected_services")
        if levels is not None and row.state not in FINAL:
            row.edit(by=self.actor, services=levels)
        return super().tell(row, given)

    def judge_new(self, given: Given) -> Violations:
        found = super().judge_new(given)
        return _no_levels_before_it_begins(found, given, MaintenanceStatus.SCHEDULED)

    def judge_change(self, row: MaintenanceWindow, given: Given) -> Violations:
        plan = {field: given[field] for field in _PLANNED if field in given}
        found = row.check_plan(timezone.now(), plan, given.get("affected_services"))
        found.found.extend(rules.check({"message": given.get("message")}, timezone.now()).found)
        return _no_levels_before_it_begins(found, given, given.get("status", row.state))

    def judge_update(self, row: MaintenanceWindow, given: Given) -> Violations:
        found = super().judge_update(row, given)
        return _no_levels_before_it_begins(found, given, given.get("status", row.state))


def _says_levels(levels: Levels | None) -> bool:
    return any(level is not None for level in (levels or {}).values())


def _no_levels_before_it_begins(found: Violations, given: Given, status: MaintenanceStatus) -> Violations:
    if status is MaintenanceStatus.SCHEDULED and _says_levels(given.get("affected_services")):
        found.add("affected_services", "not_begun", "Levels can be given once the maintenance is in progress.")
    return found
