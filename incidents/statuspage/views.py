"""The read-only documents. Each renders the read model of one instant; who asks makes no difference."""

import functools
from collections.abc import Callable, Iterable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from incidents import page
from incidents.lifecycle import MaintenanceStatus
from incidents.models.transaction import in_one_snapshot
from incidents.statuspage import payloads
from incidents.statuspage.answers import answered, as_json
from incidents.statuspage.components import Components, Payload

SCHEDULED, IN_PROGRESS = MaintenanceStatus.SCHEDULED, MaintenanceStatus.IN_PROGRESS

type Build = Callable[..., Payload]


def document(build: Build) -> Callable[..., HttpResponseBase]:
    """A view of the page and of what `build(now, …)` returns."""

    @in_one_snapshot
    def whole(**named: str) -> Payload:
        return {"page": payloads.the_page(), **build(timezone.now(), **named)}

    @answered
    @functools.wraps(build)
    def view(request: HttpRequest, **named: str) -> HttpResponse:
        return as_json(whole(**named))

    return view


@document
def summary(now: datetime) -> Payload:
    catalogue, incidents = page.catalogue_with_changes(now), page.unresolved(now)
    components = Components(catalogue)
    return {
        "components": components.all(),
        "incidents": [payloads.incident(told, components) for told in incidents],
        "scheduled_maintenances": [
            payloads.maintenance(told, components) for told in page.maintenances_in(now, SCHEDULED, IN_PROGRESS)
        ],
        "status": payloads.status(page.overall(catalogue, incidents)),
    }


@document
def status(now: datetime) -> Payload:
    return {"status": payloads.status(page.overall(page.catalogue(now), page.unresolved(now, told=False)))}


@document
def components(now: datetime) -> Payload:
    return {"components": _components(now).all()}


@document
def incidents(now: datetime) -> Payload:
    return _incidents(now, page.newest_incidents(now))


@document
def unresolved(now: datetime) -> Payload:
    return _incidents(now, page.unresolved(now))


@document
def incident(now: datetime, id: str) -> Payload:
    told = page.incident(id, now)
    return {"incident": payloads.incident(told, _components(now))}


@document
def maintenances(now: datetime) -> Payload:
    return _maintenances(now, page.newest_maintenances(now))


@document
def upcoming(now: datetime) -> Payload:
    return _maintenances(now, page.maintenances_in(now, SCHEDULED))


@document
def active(now: datetime) -> Payload:
    return _maintenances(now, page.maintenances_in(now, IN_PROGRESS))


def _incidents(now: datetime, told: Iterable[page.Incident]) -> Payload:
    components = _components(now)
    return {"incidents": [payloads.incident(one, components) for one in told]}


def _maintenances(now: datetime, told: Iterable[page.Maintenance]) -> Payload:
    components = _components(now)
    return {"scheduled_maintenances": [payloads.maintenance(one, components) for one in told]}


def _components(now: datetime) -> Components:
    return Components(page.catalogue_with_changes(now))
