"""The field that says which services are hit, and how."""

from typing import Any

from rest_framework import serializers

from incidents.api.fields import MAX_SERVICES
from incidents.api.letters import snake
from incidents.errors import Violations
from incidents.models import Service
from incidents.models.impact import Levels
from incidents.severity import ServiceStatus


class AffectedServices(serializers.Field[Levels, Any, Any, Any]):
    """`[slug or {id, level}]` → service → level, None where no level is given. Raises Invalid, naming each entry."""

    default_error_messages = {
        "not_a_list": "Give a list of services.",
        "max_length": f"At most {MAX_SERVICES} services.",
    }

    def to_internal_value(self, data: Any) -> Levels:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > MAX_SERVICES:
            self.fail("max_length")
        services = Service.objects.in_bulk(field_name="slug")
        found = Violations()
        levels: dict[Service, ServiceStatus | None] = {}
        for index, entry in enumerate(data):
            _read_entry(entry, f"{self.field_name}[{index}]", services, levels, found)
        found.raise_any()
        return levels


def _read_entry(
    entry: Any,
    path: str,
    services: dict[str, Service],
    levels: dict[Service, ServiceStatus | None],
    found: Violations,
) -> None:
    given = _by_name(entry)
    if not isinstance(given.get("id"), str) or given.keys() - {"id", "level"}:
        found.add(path, "invalid", "Give the service's slug, or an object with id (the slug) and level.")
        return
    service, level = services.get(given["id"]), given.get("level")
    if service is None:
        found.add(path, "unknown_service", "There is no such service.")
    elif service in levels:
        found.add(path, "duplicate", "This service is in the list already.")
    elif level is not None and (not isinstance(level, str) or level.lower() not in set(ServiceStatus)):
        found.add(f"{path}.level", "invalid_choice", f"Use one of: {', '.join(ServiceStatus)}.")
    else:
        levels[service] = ServiceStatus(level.lower()) if level is not None else None


def _by_name(entry: Any) -> dict[str, Any]:
    """Keys in either case; of what is no entry nothing is left, as of one that has a key in two spellings."""
    if isinstance(entry, str):
        return {"id": entry}
    named = {snake(key): value for key, value in entry.items()} if isinstance(entry, dict) else {}
    return named if named and len(named) == len(entry) else {}
