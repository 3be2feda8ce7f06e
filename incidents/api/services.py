"""The catalogue: what the public reads of it, and how ops keep it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from incidents import page
from incidents.api import bodies, payloads
from incidents.api.bodies import Given
from incidents.api.conditions import change_if_same, content_tag
from incidents.api.figures import figure
from incidents.api.paging import turn_to
from incidents.api.payloads import Payload
from incidents.api.queries import Query
from incidents.api.views import ApiView
from incidents.errors import NotFound, Violations
from incidents.models import Revision, Service, ServiceGroup
from incidents.models.transaction import in_one_snapshot


class CatalogueView(ApiView):
    """The public services. `id` is the slug, `category` that of the group."""

    open_to_all = ("list", "retrieve")

    @in_one_snapshot
    def list(self, request: Request) -> HttpResponseBase:
        catalogue = page.catalogue(timezone.now())
        return self.shown(
            {
                "groups": [_group(section) for section in catalogue.sections if isinstance(section, page.Group)],
                "all_services": [_service(service) for service in catalogue.services],
                "total_count": len(catalogue.services),
                "last_updated": Revision.current().public_changed_at,
            }
        )

    @in_one_snapshot
    def retrieve(self, request: Request, slug: str) -> HttpResponseBase:
        shown = page.service(slug, timezone.now())
        return self.shown(
            {
                **_service(shown.service),
                "since": shown.service.since,
                "uptime": {name: figure(figures.uptime) for name, figures in shown.windows.items()},
            }
        )


def _group(group: page.Group) -> Payload:
    return {
        "id": group.slug,
        "name": group.name,
        "description": group.description,
        "status": group.status,
        "services": [_service(service) for service in group.services],
    }


def _service(service: page.Service) -> Payload:
    return {
        "id": service.slug,
        "name": service.name,
        "description": service.description,
        "category": service.group,
        "status": service.status,
    }


class EntryView(ApiView):
    """Ops' own list of services or groups, the private ones too."""

    model: ClassVar[type[Service] | type[ServiceGroup]]
    noun: ClassVar[str]

    def rows(self) -> QuerySet[Any]:
        return self.model._base_manager.all()

    def show(self, row: Any) -> Payload:
        return payloads.group_entry(row)

    @in_one_snapshot
    def list(self, request: Request) -> HttpResponseBase:
        query = Query(request.query_params)
        return self.listed(turn_to(self.rows(), query.page, query.page_size, self.show))

    @in_one_snapshot
    def retrieve(self, request: Request, slug: str) -> HttpResponseBase:
        return self.shown(self.show(self._found(slug)))

    def create(self, request: Request) -> HttpResponseBase:
        row = self.model.add(by=self.actor, **self.given(lambda given: self._judge(self.model(), given)))
        location = f"{request.path.rstrip('/')}/{row.slug}"
        return self.answer(self.show(row), f"{self.noun} created.", status=201, location=location)

    def partial_update(self, request: Request, slug: str) -> HttpResponseBase:
        _ = request.data
        row = self._found(slug)
        given = self.given(lambda given: self._judge(row, given))
        self._if_same(row, lambda: row.change(by=self.actor, **given))
        return self.answer(self.show(row), f"{self.noun} updated.")

    def destroy(self, request: Request, slug: str) -> HttpResponseBase:
        row = self._found(slug)
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


class GroupView(EntryView):
    model = ServiceGroup
    noun = "Service group"
    bodies = {"create": bodies.NewGroup, "partial_update": bodies.GroupChange}


class ServiceView(EntryView):
    model = Service
    noun = "Service"
    bodies = {"create": bodies.NewService, "partial_update": bodies.ServiceChange}

    def rows(self) -> QuerySet[Service]:
        return Service.objects.select_related("group")

    def show(self, row: Service) -> Payload:
        return payloads.service_entry(row)
