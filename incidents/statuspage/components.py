"""The services and groups of a page as components, each of which stands complete wherever it is named."""

from collections.abc import Iterable
from typing import Any

from incidents import page
from incidents.page.instants import instant
from incidents.statuspage.ids import page_id

type Payload = dict[str, Any]


class Components:
    def __init__(self, catalogue: page.Catalogue) -> None:
        self._rows = [row for place in enumerate(catalogue.sections, 1) for row in _rows(*place)]
        self._names = dict(_names(catalogue))

    def all(self) -> list[Payload]:
        """By position; those of one position in the order of the page."""
        return sorted(self._rows, key=lambda row: int(row["position"]))

    def only(self, services: Iterable[str]) -> list[Payload]:
        """Those of these services (ids), in the order of the page."""
        wanted = set(services)
        return [row for row in self._rows if row["id"] in wanted]

    def name(self, service: str) -> str:
        """Of a service (id), as updates call it: with its group."""
        return self._names[service]


def _rows(position: int, section: page.Group | page.Service) -> list[Payload]:
    if isinstance(section, page.Service):
        return [_service(section, position, group=None)]
    children = [_service(child, place, group=section.id) for place, child in enumerate(section.services, 1)]
    return [_group(section, position), *children]


def _service(service: page.Service, position: int, group: str | None) -> Payload:
    start_date = service.start_date.isoformat() if service.start_date else None
    return _component(service, position, showcase=True, start_date=start_date, group_id=group, group=False)


def _group(group: page.Group, position: int) -> Payload:
    row = _component(group, position, showcase=False, start_date=None, group_id=None, group=True)
    return {**row, "components": [child.id for child in group.services]}


def _component(of: page.Group | page.Service, position: int, **kind: object) -> Payload:
    """`showcase` says that its uptime is shown, which ours is for every service."""
    return {
        "id": of.id,
        "name": of.name,
        "status": str(of.status),
        "created_at": instant(of.created_at),
        "updated_at": instant(of.updated_at),
        "position": position,
        "description": of.description or None,
        "showcase": kind["showcase"],
        "start_date": kind["start_date"],
        "group_id": kind["group_id"],
        "page_id": page_id(),
        "group": kind["group"],
        "only_show_if_degraded": False,
    }


def _names(catalogue: page.Catalogue) -> Iterable[tuple[str, str]]:
    for section in catalogue.sections:
        if isinstance(section, page.Service):
            yield section.id, section.name
        else:
            yield from ((child.id, f"{section.name} - {child.name}") for child in section.services)
