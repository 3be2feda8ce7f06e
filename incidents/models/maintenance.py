from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from incidents import lifecycle, rules
from incidents.errors import Violations
from incidents.lifecycle import MaintenanceStatus, Status
from incidents.models.audit import Actor
from incidents.models.guarded import or_log
from incidents.models.impact import Impact, ImpactQuerySet, Levels
from incidents.models.planning import Planned
from incidents.models.service import Service
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction
from incidents.severity import ServiceStatus

if TYPE_CHECKING:
    from incidents.models.series import MaintenanceSeries

SCHEDULED, IN_PROGRESS = MaintenanceStatus.SCHEDULED, MaintenanceStatus.IN_PROGRESS
COMPLETED = MaintenanceStatus.COMPLETED
ENDED = (COMPLETED, MaintenanceStatus.CANCELLED)

# A start or end that the worker performs later than this is old news: it is recorded, but nobody is mailed.
OLD_NEWS = timedelta(minutes=15)


class MaintenanceQuerySet(models.QuerySet["MaintenanceWindow"]):
    def public(self) -> Self:
        return self.filter(is_public=True)

    def upcoming(self) -> Self:
        return self.filter(status=SCHEDULED).order_by("scheduled_start_at")

    def in_progress(self) -> Self:
        return self.filter(status=IN_PROGRESS)

    def due(self, now: datetime) -> Self:
        """What the worker has to start or to complete."""
        starts = Q(status=SCHEDULED, scheduled_start_at__lte=now)
        ends = Q(status=IN_PROGRESS, scheduled_end_at__lte=now)
        return self.filter(starts | ends, automatic=True)

    def with_listed_at(self) -> Self:
        """`listed_at`: where the history shows it, which is the time it ended, else began, else is to begin."""
        return self.annotate(listed_at=Coalesce("ended_at", "started_at", "scheduled_start_at"))


class MaintenanceWindow(Planned):
    """A planned disruption. While it is in progress its services are under maintenance."""

    STATUS = MaintenanceStatus
    CAUSE = "maintenance"
    EFFECTIVE = "started_at"
    EDITABLE = (*Timeline.EDITABLE, "scheduled_start_at", "scheduled_end_at", "automatic")

    status = models.CharField(max_length=20, choices=[(s, s) for s in MaintenanceStatus], default=SCHEDULED)
    services = models.ManyToManyField(Service, blank=True, related_name="maintenances")
    scheduled_start_at = models.DateTimeField()
    scheduled_end_at = models.DateTimeField()
    automatic = models.BooleanField(default=True, help_text="Starts and completes by itself, on time.")
    series = models.ForeignKey(
        "MaintenanceSeries", null=True, editable=False, on_delete=models.SET_NULL, related_name="windows"
    )
    started_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    objects = MaintenanceQuerySet.as_manager()
    impacts: ImpactQuerySet

    class Meta:
        ordering = ("-scheduled_start_at",)
        constraints = [
            models.CheckConstraint(
                name="window_ends_after_start", condition=Q(scheduled_end_at__gt=F("scheduled_start_at"))
            ),
            models.CheckConstraint(name="ended_at_iff_ended", condition=Q(status__in=ENDED) ^ Q(ended_at=None)),
        ]
        indexes = [
            models.Index(fields=("status", "scheduled_start_at"), name="maintenance_by_status"),  # upcoming, due
            models.Index(fields=("-updated_at",), name="maintenance_last_changed"),  # what a feed holds
            models.Index(Coalesce("ended_at", "started_at", "scheduled_start_at"), name="maintenance_by_listing"),
        ]

    @classmethod
    @in_one_transaction
    def schedule(
        cls,
        *,
        by: Actor,
        title: str,
        scheduled_start_at: datetime,
        scheduled_end_at: datetime,
        description: str = "",
        message: str = "",
        services: Iterable[Service] = (),
        is_public: bool = True,
        automatic: bool = True,
        notify: bool = True,
        series: "MaintenanceSeries | None" = None,
        now: datetime | None = None,
    ) -> "MaintenanceWindow":
        """Announces a window with its first update. Raises Invalid, Busy."""
        now = now or timezone.now()
        fields: dict[str, Any] = {
            "title": title,
            "description": description,
            "scheduled_start_at": scheduled_start_at,
            "scheduled_end_at": scheduled_end_at,
        }
        cls.check_new(now, **fields, message=message).raise_any()
        fields |= {"title": rules.tidy(title), "description": rules.tidy(description)}
        fields |= {"is_public": is_public, "automatic": automatic, "series": series}
        window = cls.objects.create(**fields, created_at=now, updated_at=now)
        window.services.set(services)
        update = window._append(
            by,
            status=SCHEDULED,
            message=rules.tidy(message) or lifecycle.default_message(SCHEDULED),
            created_at=now,
            display_at=now,
            notify=notify,
        )
        window.record("scheduled", by=by, now=now, notify=notify, after=window.facts(), update=update)
        return window

    @classmethod
    def check_new(cls, now: datetime, **fields: Any) -> Violations:
        """Every rule that the given fields break; `schedule` refuses what breaks any."""
        found = rules.check(fields, now)
        end = fields.get("scheduled_end_at")
        if end is not None and end <= now:
            found.add("scheduled_end_at", "in_past", "Must lie in the future: a past window cannot be announced.")
        return found

    @in_one_transaction
    def edit(
        self,
        *,
        by: Actor,
        version: int | None = None,
        now: datetime | None = None,
        services: Iterable[Service] | None = None,
        notify: bool = True,
        **given: Any,
    ) -> bool:
        """Changes plan or wording: any of EDITABLE, and `services`. The plan of an ended window stands.

        `notify`: should it become public by this.
        Raises NotFound, StaleVersion, Invalid, Busy; returns whether anything differed.
        """
        now = now or timezone.now()
        self.lock(version)
        changes = self.tidied(given)
        self.check_plan(now, changes, services).raise_any()
        replanned = self._replan(set(services), now) if services is not None else set()
        changed = self._edit(by=by, now=now, changes=changes, notify=notify)
        if replanned and not changed:
            unseen = not any(service.is_public for service in replanned)
            self._advance(self.state, self.updated_at if unseen else max(now, self.updated_at))
            after = {"services": [s.slug for s in self.services.all()]}
            self.record("edited", by=by, now=now, unseen=unseen, after=after)
        return bool(replanned) or changed

    @classmethod
    def advance_due(cls, by: Actor, now: datetime | None = None) -> int:
        """Starts and completes what is due, each in its own transaction; returns how many moves were made."""
        now = now or timezone.now()
        failed = "Maintenance window %s could not advance."
        return sum(or_log(partial(window.advance, by, now), failed, window.pk) for window in cls.objects.due(now))

    @in_one_transaction
    def advance(self, by: Actor, now: datetime) -> bool:
        """The next due move of this window, dated when it was planned; False if somebody else made it."""
        self.lock()
        if not type(self).objects.due(now).filter(pk=self.pk).exists():
            return False
        starting = self.state is SCHEDULED
        planned = self.scheduled_start_at if starting else self.scheduled_end_at
        took_effect = max(planned, self._last_change())
        over = starting and now >= self.scheduled_end_at
        self.post_update(
            by=by,
            status=IN_PROGRESS if starting else COMPLETED,
            effective_at=took_effect if took_effect <= now else None,  # a clock that jumped back
            notify=now - planned < OLD_NEWS and not over,
            now=now,
        )
        return True

    def _may_be_dated(self, status: Status) -> bool:
        return status != self.state

    def _last_change(self) -> datetime:
        return self.started_at or self.created_at  # a start that was recorded late may be older than its words

    def _entered(self, status: Status, at: datetime) -> dict[str, Any]:
        if status == self.state:
            return {}
        if status is IN_PROGRESS:
            return {"started_at": at}
        return {"ended_at": at}

    def _apply_levels(self, was: Status, levels: Levels | None, at: datetime) -> None:
        if self.state in ENDED:
            self._close_impacts(at)
        elif was is SCHEDULED and self.state is IN_PROGRESS:
            self._set_levels(levels if levels is not None else dict.fromkeys(self.services.all()), at)
        elif levels is not None and self.state is IN_PROGRESS:
            self._set_levels(levels, at)

    def _set_levels(self, levels: Levels, at: datetime) -> None:
        Impact.set_levels(self, levels, at, default=ServiceStatus.UNDER_MAINTENANCE)

    def _replan(self, services: set[Service], now: datetime) -> set[Service]:
        """Returns the services that it adds or leaves out."""
        replanned = services ^ set(self.services.all())
        if not replanned:
            return replanned
        self.services.set(services)
        if self.state is IN_PROGRESS:
            self._set_levels(dict.fromkeys(services), now)
        return replanned

    def check_plan(self, now: datetime, changes: dict[str, Any], services: Iterable[Service] | None) -> Violations:
        """Every rule that the changes break; `edit` refuses what breaks any."""
        plan = ("scheduled_start_at", "scheduled_end_at")
        found = rules.check({**{field: getattr(self, field) for field in plan}, **changes}, now)
        moved = {field for field in plan if field in changes and changes[field] != getattr(self, field)}
        frozen = plan if self.state in ENDED else plan[:1] if self.state is IN_PROGRESS else ()
        if services is not None and self.state in ENDED and set(services) != set(self.services.all()):
            found.add("affected_services", "already_happened", "This part of the plan has happened and stands.")
        for field in moved.intersection(frozen):
            found.add(field, "already_happened", "This part of the plan has happened and stands.")
        return found
