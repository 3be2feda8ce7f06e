from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone

from incidents.errors import Conflict
from incidents.lifecycle import OPEN_INCIDENT, IncidentStatus
from incidents.models.audit import Actor
from incidents.models.impact import Impact
from incidents.models.service import Service
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction
from incidents.severity import ServiceStatus, worst

if TYPE_CHECKING:
    from incidents.models.incident import Incident


class Mergeable(Timeline):
    """What turned out to be told twice becomes one: the other goes on, and the address of this one leads there."""

    merged_into = models.ForeignKey(
        "self",
        null=True,
        editable=False,
        on_delete=models.CASCADE,
        related_name="merged",
        verbose_name="merged into",
        db_index=False,  # SQLite would look there for all that are not merged, which are nearly all
    )

    class Meta:
        abstract = True

    @classmethod
    def leading_away(cls) -> "models.QuerySet[Incident]":
        """Those that are public no longer because they were merged into one that is."""
        rows: Any = cls._base_manager.filter(is_public=True, merged_into__is_public=True)
        return rows  # type: ignore[no-any-return]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_INCIDENT

    @in_one_transaction
    def merge_into(
        self: Any,
        other: "Incident",
        *,
        by: Actor,
        message: str = "",
        notify: bool = False,
        version: int | None = None,
        now: datetime | None = None,
    ) -> None:
        """Ends this one without a word to subscribers; `other`, both open, goes on with the services of both.

        `message` is a note of the other one, of which subscribers are told if `notify`. Who followed this one follows
        the other. Raises NotFound, StaleVersion, Conflict, Invalid, Busy.
        """
        now = now or timezone.now()
        self._lock_both(other, version)
        self._check_mergeable(other)
        levels, was_visible = self._levels_of_both(other), self.is_visible
        began = min(self.started_at, other.started_at)
        self.post_update(
            by=by, status=IncidentStatus.RESOLVED, message=f"Merged into {other.pk}.", notify=False, now=now
        )
        self._advance(self.state, self.updated_at, merged_into=other)
        self._hand_over(other)
        after = {"merged_into": other.pk, "title": other.title}
        self.record("merged", by=by, now=now, was_visible=was_visible, after=after)
        type(self)._base_manager.filter(pk=other.pk).update(started_at=began)
        other.started_at = began
        other.post_update(by=by, status=other.state, message=message, levels=levels, notify=notify, now=now)

    @classmethod
    def lock_pair(cls, one: Self, other: Self) -> None:
        """In one order, so that two who merge crosswise cannot wait for each other."""
        rows = cls._base_manager.select_for_update().filter(pk__in=(one.pk, other.pk)).order_by("pk")
        list(rows.values_list("pk"))

    def _lock_both(self, other: Self, version: int | None) -> None:
        self.lock_pair(self, other)
        self.lock(version)
        other.lock()

    def _check_mergeable(self, other: Self) -> None:
        if self.pk == other.pk:
            raise Conflict("An incident cannot be merged into itself.")
        for one in (self, other):
            if not one.is_open:
                raise Conflict(f"“{one.title}” is not open: only open incidents are merged.")
        if self.is_public != other.is_public:
            raise Conflict("One of them is private: what only ops may see is not merged with what everybody sees.")

    def _levels_of_both(self, other: Self) -> dict[Service, ServiceStatus]:
        found: dict[Service, list[ServiceStatus]] = {}
        for impact in Impact.objects.open().filter(incident__in=(self.pk, other.pk)).select_related("service"):
            found.setdefault(impact.service, []).append(ServiceStatus(impact.level))
        return {service: worst(levels) for service, levels in found.items()}

    def _hand_over(self: Any, other: "Incident") -> None:
        """Everything that the story of the other one is to have: what was hit, who follows, what was merged before."""
        self.impacts.update(incident=other)
        self.alerts.update(incident=other)
        self.merged.update(merged_into=other)
        other.subscriptions.add(*self.subscriptions.all())
        self.subscriptions.clear()
