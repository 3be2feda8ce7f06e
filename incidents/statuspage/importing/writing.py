"""Writes a document into our history, record by record; a record that breaks a rule stops no other one."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.utils.text import slugify

from incidents import rules
from incidents.errors import StatusError
from incidents.models import Actor, Impact, Incident, MaintenanceWindow, Service, ServiceGroup
from incidents.models.history import PROGRAM, record_entry, record_history
from incidents.models.timeline import Timeline
from incidents.severity import ServiceStatus
from incidents.statuspage.ids import with_our_ids
from incidents.statuspage.importing import fields, reading
from incidents.statuspage.importing.documents import Document
from incidents.statuspage.importing.fields import Record
from incidents.statuspage.importing.reading import Told
from incidents.statuspage.importing.report import Report

_NO_WORD = re.compile(r"[\W_]+")

type Progress = Callable[[list[Any]], Iterable[Any]]


def import_document(
    document: Document, report: Report, now: datetime, progress: Progress = iter, *, by: Actor = PROGRAM
) -> None:
    """Adds to `report`. Each record is its own transaction; what was imported before is brought up to date."""
    _Import(_with_our_ids(document), report, now, by).run(progress)


@contextmanager
def rehearsal() -> Iterator[None]:
    """Takes back all that was imported in it. Nobody else can write meanwhile."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _with_our_ids(document: Document) -> Document:
    page = document.get("page")
    name = str(page.get("id") or page.get("url") or page.get("name")) if isinstance(page, dict) else ""
    return cast(Document, with_our_ids({**document, "page": None}, name))


class _Import:
    def __init__(self, document: Document, report: Report, now: datetime, by: Actor) -> None:
        self.document, self.report, self.now, self.by = document, report, now, by
        self.groups: set[str] = set()
        self.services: set[str] = set()

    def run(self, progress: Progress) -> None:
        components = self._records("components")
        groups = [c for c in components if isinstance(c, dict) and c.get("group")]
        for component in groups:
            self._try("group", component, self._group)
        self.groups = set(ServiceGroup.objects.values_list("pk", flat=True))
        for component in components:
            if component not in groups:
                self._try("service", component, self._service)
        self.services = set(Service.objects.values_list("pk", flat=True))
        jobs = [("incident", record, self._incident) for record in self._records("incidents")]
        jobs += [("maintenance", record, self._maintenance) for record in self._records("scheduled_maintenances")]
        for job in progress(jobs):
            self._try(*job)
        self._explain(components)

    def _records(self, part: str) -> list[Any]:
        return list(self.document.get(part, ()))

    def _try(self, kind: str, record: Any, write: Callable[[Record], None]) -> None:
        try:
            write(fields.record(record, kind))
        except StatusError as error:
            name = record.get("id") or record.get("name") if isinstance(record, dict) else record
            self.report.reject(kind, str(name)[:40], error.message)

    def _group(self, component: Record) -> None:
        self._entry("group", ServiceGroup, component, {})

    def _service(self, component: Record) -> None:
        group = reading.entry(component).group
        known = group is None or group in self.groups
        self._entry("service", Service, component, {"group_id": group} if known else {})

    def _entry(
        self, kind: str, model: type[Service] | type[ServiceGroup], component: Record, more: Mapping[str, Any]
    ) -> None:
        told = reading.entry(component)
        outcome = record_entry(
            model,
            told.id,
            {**told.fields, **more},
            by=self.by,
            on_creation={"slug": _free_slug(model, told.fields["name"], told.id), "created_at": told.created_at},
            now=self.now,
        )
        self.report.count(kind, told.id, outcome)

    def _incident(self, record: Record) -> None:
        self._timeline("incident", Incident, record, reading.incident(record), {})

    def _maintenance(self, record: Record) -> None:
        told = reading.maintenance(record)
        # What is over by the plan, though its source never said so, must not be started by our worker.
        still_to_come = told.history.fields["scheduled_end_at"] > self.now
        self._timeline("maintenance", MaintenanceWindow, record, told, {"automatic": still_to_come})

    def _timeline(
        self, kind: str, model: type[Timeline], record: Record, told: Told, on_creation: Mapping[str, Any]
    ) -> None:
        self._ensure_services(record)
        outcome = record_history(model, told.history, by=self.by, on_creation=on_creation, now=self.now)
        self.report.count(kind, told.history.id, outcome)
        self.report.tell(kind, told.history.id, told.walk)

    def _ensure_services(self, record: Record) -> None:
        """Creates the services that only this record knows."""
        for id, component in reading.mentioned(record).items():
            if id not in self.services:
                self._try("service", component, self._service)
                self.services.update(Service.objects.filter(pk=id).values_list("pk", flat=True))
            if id not in self.services:
                fields.refuse("components", "unknown_service", f"Names the service {id}, which does not exist here.")

    def _explain(self, components: Iterable[Any]) -> None:
        """A service's status is never stored, it follows from open impacts: says where a document has other ones."""
        levels = Impact.objects.open().levels()
        for component in (c for c in components if isinstance(c, dict) and not c.get("group")):
            id, status = str(component.get("id")), component.get("status")
            if id in self.services and status != levels.get(id, ServiceStatus.OPERATIONAL):
                self.report.unexplained.append(f"service {id} ({component.get('name')}): {status}")


def _free_slug(model: type[Service] | type[ServiceGroup], name: str, id: str) -> str:
    stem = slugify(_NO_WORD.sub(" ", name))[: rules.MAX_NAME - 4].strip("-") or id
    slug, n = stem, 1
    while model._base_manager.filter(slug=slug).exclude(pk=id).exists():
        n += 1
        slug = f"{stem}-{n}"
    return slug
