"""The catalogue: what the public reads of it, and how ops keep it."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from incidents import page
from incidents.api import bodies, payloads, shapes
from incidents.api.bodies import Body, Given
from incidents.api.conditions import change_if_same, content_tag
from incidents.api.figures import figure
from incidents.api.operation import Operation, read
from incidents.api.paging import turn_to
from incidents.api.queries import Paged
from incidents.api.views import ApiView
from incidents.errors import NotFound, Violations
from incidents.models import Revision, Service, ServiceGroup
from incidents.models.service import CatalogueEntry
from incidents.models.transaction import in_one_snapshot


class CatalogueView(ApiView):
    """The public services. `id` is the slug, `category` that of the group."""

    operations = {
        "list": read("The services, by group", shapes.Catalogue),
        "retrieve": read("One service and its uptime", shapes.ServiceDetail),
    }

    @in_one_snapshot
    def list(self, request: Request) -> HttpResponseBase:
        catalogue = page.catalogue(timezone.now())
        shown: shapes.Catalogue = {
            "groups": [_group(section) for section in catalogue.sections if isinstance(section, page.Group)],
            "all_services": [_service(service) for service in catalogue.services],
            "total_count": len(catalogue.services),
            "last_updated": Revision.current().public_changed_at,
        }
        return self.shown(shown)

    @in_one_snapshot
    def retrieve(self, request: Request, slug: str) -> HttpResponseBase:
        found = page.service(slug, timezone.now())
        uptime = {name: figure(figures.uptime) for name, figures in found.windows.items()}
        shown: shapes.ServiceDetail = {
            **_service(found.service),
            "since": found.service.since,
            "uptime": cast("shapes.ServiceUptime", uptime),
        }
        return self.shown(shown)


def _group(group: page.Group) -> shapes.Group:
    return {
        "id": group.slug,
        "name": group.name,
        "description": group.description,
        "status": group.status,
        "services": [_service(service) for service in group.services],
    }


def _service(service: page.Service) -> shapes.Service:
    return {
        "id": service.slug,
        "name": service.name,
        "description": service.description,
        "category": service.group,
        "status": service.status,
    }


class EntryView(ApiView):
    """Ops' own list of one kind of entry, the private ones too."""

    model: ClassVar[type[CatalogueEntry]]
    noun: ClassVar[str]

    def rows(self) -> QuerySet[Any]:
        return self.model._base_manager.all()

    def show(self, row: Any) -> shapes.GroupEntry:
        return payloads.group_entry(row)

    def fields(self, given: Given) -> Given:
        """What was given, by the names that the model has."""
        return given

    @in_one_snapshot
    def list(self, request: Request) -> HttpResponseBase:
        return self.listed(turn_to(self.rows(), self.asked(), self.show))

    @in_one_snapshot
    def retrieve(self, request: Request, slug: str) -> HttpResponseBase:
        return self.shown(self.show(self._found(slug)))

    def create(self, request: Request) -> HttpResponseBase:
        given = self.given(lambda given: self._judge(self.model(), given))
        row = self.model.add(by=self.actor, **self.fields(given))
        location = f"{request.path.rstrip('/')}/{row.slug}"
        return self.answer(self.show(row), f"{self.noun} created.", status=201, location=location)

    def partial_update(self, request: Request, slug: str) -> HttpResponseBase:
        _ = request.data
        row = self._found(slug)
        given = self.given(lambda given: self._judge(row, given))
        self._if_same(row, lambda: row.change(by=self.actor, **self.fields(given)))
        return self.answer(self.show(row), f"{self.noun} updated.")

    def destroy(self, request: Request, slug: str) -> HttpResponseBase:
        _ = request.data
        row = self._found(slug)
        self.given()
        self._if_same(row, lambda: row.remove(by=self.actor))
        return self.nothing(f"{self.noun} deleted.")

    def _if_same(self, row: Any, change: Callable[[], None]) -> None:
        if_match = self.request.headers.get("If-Match", "")
        change_if_same(row, if_match, lambda row: content_tag(self.show(row)), change)

    def _judge(self, row: Any, given: Given) -> Violations:
        found: Violations = row.check_fields(given, timezone.now())
        return found

    def _found(self, slug: str) -> Any:
        row = self.rows().filter(slug=slug).first()
        if row is None:
            raise NotFound(f"No such {self.noun.lower()}.")
        return row


def kept(noun: str, shape: type[Any], new: type[Body], change: type[Body]) -> dict[str, Operation]:
    return {
        "list": Operation(f"List every {noun}", shape, lists=True, query=Paged),
        "create": Operation(f"Add a {noun}", shape, status=201, body=new),
        "retrieve": Operation(f"Read a {noun}", shape),
        "partial_update": Operation(f"Change a {noun}", shape, body=change),
        "destroy": Operation(f"Delete a {noun}"),
    }


class GroupView(EntryView):
    model = ServiceGroup
    noun = "Service group"
    operations = kept("service group", shapes.GroupEntry, bodies.NewGroup, bodies.GroupChange)


class ServiceView(EntryView):
    model = Service
    noun = "Service"
    operations = kept("service", shapes.ServiceEntry, bodies.NewService, bodies.ServiceChange)

    def rows(self) -> QuerySet[Service]:
        return Service.objects.select_related("group")

    def show(self, row: Service) -> shapes.ServiceEntry:
        return payloads.service_entry(row)
