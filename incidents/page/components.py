"""The catalogue with the dates that other programs ask for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery

from incidents import models
from incidents.models.transaction import in_one_snapshot
from incidents.page.home import catalogue, stretches
from incidents.page.values import Catalogue, Group, Service
from incidents.severity import ServiceStatus
from incidents.uptime import Stretch, last_change


@in_one_snapshot
def catalogue_with_changes(now: datetime) -> Catalogue:
    """As `catalogue`; each `updated_at` is that of the last change of its row or of its status."""
    bare, known = catalogue(now), _Changes.read()
    services = {service.id: known.dated(service, [service.id]) for service in bare.services}

    def section(of: Group | Service) -> Group | Service:
        if isinstance(of, Service):
            return services[of.id]
        children = tuple(services[child.id] for child in of.services)
        return known.dated(replace(of, services=children), [child.id for child in children])

    return Catalogue(tuple(map(section, bare.sections)), tuple(services.values()))


@dataclass(frozen=True)
class _Changes:
    """Of the impacts only those that tell when a status last changed, by service id."""

    recent: Mapping[str, list[Stretch]]  # all that touch the time since the oldest open one began
    recovered: Mapping[str, datetime]  # when the last one ended

    @classmethod
    def read(cls) -> "_Changes":
        impacts = models.Impact.objects.public()
        oldest_open = Subquery(impacts.open().order_by("started_at").values("started_at")[:1])
        ended = impacts.exclude(ended_at=None).exclude(level=ServiceStatus.OPERATIONAL).filter(service=OuterRef("pk"))
        last = Subquery(ended.order_by("-ended_at").values("ended_at")[:1])  # a maximum would read all history
        recovered = models.Service.objects.public().annotate(recovered=last).values_list("pk", "recovered")
        return cls(
            recent=stretches(impacts.filter(Q(ended_at=None) | Q(ended_at__gte=oldest_open))),
            recovered={service: at for service, at in recovered if at},
        )

    def dated[Entry: (Group, Service)](self, entry: Entry, services: list[str]) -> Entry:
        changed_at = self.of(services)
        return replace(entry, updated_at=max(entry.updated_at, changed_at)) if changed_at else entry

    def of(self, services: Iterable[str]) -> datetime | None:
        """When the worst level among these services last changed."""
        hits = [hit for service in services for hit in self.recent.get(service, ())]
        recoveries = [self.recovered[service] for service in services if service in self.recovered]
        return last_change(hits) or max(recoveries, default=None)
