from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from incidents.lifecycle import IncidentStatus
from incidents.models.service import Service
from incidents.severity import ServiceStatus, worst
from incidents.uptime import Stretch

if TYPE_CHECKING:
    from incidents.models.incident import Incident
    from incidents.models.maintenance import MaintenanceWindow

# Service → its level; None stands for the level it has by the same cause, else the one that the severity gives.
type Levels = Mapping[Service, ServiceStatus | None]


class ImpactQuerySet(models.QuerySet["Impact"]):
    def public(self) -> Self:
        """Only what the public may know of: a public service, hit by something public."""
        by_incident = Q(incident__is_public=True) & ~Q(incident__status=IncidentStatus.DRAFT)
        return self.filter(by_incident | Q(maintenance__is_public=True), service__is_public=True)

    def open(self) -> Self:
        return self.filter(ended_at=None)

    def overlapping(self, start: datetime, end: datetime) -> Self:
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=start), started_at__lt=end)

    def levels(self) -> dict[str, ServiceStatus]:
        """Service id → the worst level among these impacts."""
        found: dict[str, list[ServiceStatus]] = {}
        for service, level in self.values_list("service_id", "level"):
            found.setdefault(service, []).append(ServiceStatus(level))
        return {service: worst(levels) for service, levels in found.items()}


class Impact(models.Model):
    """One service hit at one level for one stretch of time, by one incident or one maintenance window."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="impacts")
    incident = models.ForeignKey("Incident", null=True, on_delete=models.CASCADE, related_name="impacts")
    maintenance = models.ForeignKey("MaintenanceWindow", null=True, on_delete=models.CASCADE, related_name="impacts")
    level = models.CharField(max_length=20, choices=[(s, s) for s in ServiceStatus])
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ImpactQuerySet.as_manager()

    class Meta:
        ordering = ("started_at", "id")
        constraints = [
            models.CheckConstraint(name="impact_has_one_cause", condition=Q(incident=None) ^ Q(maintenance=None)),
            models.CheckConstraint(
                name="impact_ends_after_start", condition=Q(ended_at=None) | Q(ended_at__gte=models.F("started_at"))
            ),
            # A service has one level per cause at a time: what a level change closes and opens.
            models.UniqueConstraint(
                fields=("incident", "service"), condition=Q(ended_at=None), name="one_open_impact_per_incident"
            ),
            models.UniqueConstraint(
                fields=("maintenance", "service"), condition=Q(ended_at=None), name="one_open_impact_per_maintenance"
            ),
        ]
        indexes = [
            # Uptime of a span: what overlaps it (ended after its start); NULLs are the open ones.
            models.Index(fields=("ended_at", "started_at"), name="impact_by_span"),
            models.Index(fields=("service", "ended_at"), name="impact_of_service"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.level}"

    @property
    def stretch(self) -> Stretch:
        return Stretch(ServiceStatus(self.level), self.started_at, self.ended_at)

    @classmethod
    def set_levels(
        cls, cause: "Incident | MaintenanceWindow", levels: Levels, at: datetime, *, default: ServiceStatus
    ) -> None:
        """From `at` on, `levels` is the whole picture: what it leaves out, or calls operational, has recovered."""
        unchanged = set()
        for impact in cause.impacts.open().select_related("service"):
            if impact.service in levels and levels[impact.service] in (None, impact.level):
                unchanged.add(impact.service)
            else:
                impact.close(at)
        opened = {s: level or default for s, level in levels.items() if s not in unchanged}
        Impact.objects.bulk_create(
            Impact(**{cause.CAUSE: cause}, service=service, level=level, started_at=at)
            for service, level in opened.items()
            if level is not ServiceStatus.OPERATIONAL
        )

    def close(self, at: datetime) -> None:
        if at > self.started_at:
            self.ended_at = at
            self.save(update_fields=["ended_at"])
        else:
            self.delete()  # it never held for any time


def services_of(impacts: Iterable[Impact]) -> list[Service]:
    """Each service once, in the order of the page."""
    return sorted({i.service for i in impacts}, key=lambda s: (s.position, s.name, s.pk))
