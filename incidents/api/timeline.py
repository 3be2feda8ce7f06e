"""What the operations on incidents and on maintenance windows have in common."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from incidents.api.bodies import Given
from incidents.api.conditions import version_tag
from incidents.api.paging import slice_of, turn_to
from incidents.api.views import ApiView
from incidents.errors import NotFound, Violations
from incidents.models import Incident, MaintenanceWindow
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_snapshot, in_one_transaction


class TimelineView(ApiView, ABC):
    """`id` in paths is [a-z0-9]+ by the route, so nothing else reaches the database."""

    model: ClassVar[type[Incident | MaintenanceWindow]]
    noun: ClassVar[str]

    @abstractmethod
    def rows(self) -> QuerySet[Any]:
        """What this client may see."""

    @abstractmethod
    def filtered(self, rows: QuerySet[Any], asked: Given) -> QuerySet[Any]: ...

    @abstractmethod
    def show(self, row: Any) -> Any:
        """The shape of the whole."""

    @abstractmethod
    def show_update(self, row: Any) -> Any: ...

    @abstractmethod
    def begin(self, given: Given) -> Timeline:
        """Creates one."""

    @abstractmethod
    def change(self, row: Any, given: Given) -> None:
        """Edits what differs, and posts an update where something is to be told. The row is locked."""

    # Operations

    @in_one_snapshot
    def list(self, request: Request) -> HttpResponseBase:
        asked = self.asked()
        rows = self.filtered(self.rows(), asked)
        return self.listed(turn_to(rows, asked, self.show))

    @in_one_snapshot
    def retrieve(self, request: Request, id: str) -> HttpResponseBase:
        row = self.found(id)
        shown = self.show(row)
        return self.shown(shown, version_tag(row.version, None if self.sees_everything else shown))

    def create(self, request: Request) -> HttpResponseBase:
        row = self.begin(self.given(self.judge_new))
        return self.answer(
            self.show(self.found(row.pk)),
            f"{self.noun} created.",
            status=201,
            location=f"{request.path.rstrip('/')}/{row.pk}",
        )

    @in_one_transaction
    def partial_update(self, request: Request, id: str) -> HttpResponseBase:
        row = self.before_writing(id)
        given = self.given(lambda given: self.judge_change(row, given))
        self.seen(given).insist(row)
        self.change(row, given)
        return self.answer(self.show(self.found(id)), f"{self.noun} updated.")

    @in_one_transaction
    def destroy(self, request: Request, id: str) -> HttpResponseBase:
        row = self.before_writing(id)
        self.seen(self.given()).insist(row)
        row.remove(by=self.actor)
        return self.nothing(f"{self.noun} deleted.")

    @in_one_snapshot
    def list_updates(self, request: Request, id: str) -> HttpResponseBase:
        asked, told = self.asked(), self.found(id).shown_updates
        return self.listed(slice_of(told, asked, self.show_update))

    @in_one_transaction
    def post_update(self, request: Request, id: str) -> HttpResponseBase:
        row = self.before_writing(id)
        given = self.given(lambda given: self.judge_update(row, given))
        self.seen(given).insist(row)
        return self.answer(
            self.show_update(self.tell(row, given)), "Update posted.", status=201, location=request.path.rstrip("/")
        )

    # Parts

    def tell(self, row: Any, given: Given) -> Any:
        return row.post_update(by=self.actor, **with_services_as("levels", given))

    def judge_new(self, given: Given) -> Violations:
        return self.model.check_new(timezone.now(), **given)

    @abstractmethod
    def judge_change(self, row: Any, given: Given) -> Violations: ...

    def judge_update(self, row: Any, given: Given) -> Violations:
        now, rest = timezone.now(), with_services_as("levels", given)
        found: Violations = row.check_update(now, rest.pop("status", row.state), **rest)
        return found

    def found(self, id: str) -> Any:
        """Raises NotFound, the same for what is hidden and for what never was."""
        return self._existing(self.rows().filter(pk=id).first())

    def before_writing(self, id: str) -> Any:
        """The row alone, locked: nobody moves it between the look and the write."""
        return self._existing(self.model.locked(id))

    def _existing(self, row: Any) -> Any:
        if row is None:
            raise NotFound(f"No such {self.noun.lower()}.")
        return row


def with_services_as(name: str, given: Given) -> Given:
    """A copy for a write method that calls the affected services `name`; a write that is tried again needs `given`."""
    return {name if field == "affected_services" else field: value for field, value in given.items()}
