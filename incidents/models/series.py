from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone

from incidents import recurrence, rules
from incidents.errors import Violations
from incidents.models.audit import Actor
from incidents.models.guarded import or_log
from incidents.models.maintenance import MaintenanceWindow
from incidents.models.service import CatalogueEntry, Service
from incidents.models.transaction import in_one_transaction

MAX_DAYS_AHEAD = 90
MAX_MINUTES = rules.LONGEST_MAINTENANCE // timedelta(minutes=1)


class MaintenanceSeries(CatalogueEntry):
    """Maintenance that recurs. Its windows are planned some days ahead, each once; from then on each is on its own.

    `planned_until`: up to here each beginning has had its window, whatever became of it.
    """

    title = models.CharField(max_length=rules.MAX_TITLE)
    rule = models.CharField(max_length=recurrence.MAX_RULE, help_text="RFC 5545, such as FREQ=WEEKLY;BYDAY=SU.")
    first_start_at = models.DateTimeField()
    minutes = models.PositiveIntegerField("duration", help_text="Minutes.")
    services = models.JSONField(default=list, blank=True)  # ids; one that is gone since is left out
    is_public = models.BooleanField("public", default=True)
    automatic = models.BooleanField(default=True, help_text="Start and complete each by itself, on time.")
    announce = models.BooleanField(default=False, help_text="Tell subscribers when one is planned, not only before it.")
    days_ahead = models.PositiveIntegerField(default=14, help_text="How long before its start each is planned.")
    planned_until = models.DateTimeField(null=True, editable=False)

    EDITABLE = (
        *CatalogueEntry.EDITABLE,
        *("title", "rule", "first_start_at", "minutes", "services"),
        *("is_public", "automatic", "announce", "days_ahead"),
    )
    TEXTS = (*CatalogueEntry.TEXTS, "title")

    class Meta(CatalogueEntry.Meta):
        verbose_name_plural = "maintenance series"

    @property
    def is_visible(self) -> bool:
        return False

    @classmethod
    @in_one_transaction
    def add(cls, *, by: Actor, now: datetime | None = None, **fields: Any) -> Self:
        now = now or timezone.now()
        series = super().add(by=by, now=now, **fields)
        series.plan(by=by, now=now)
        return series

    @classmethod
    def plan_all(cls, by: Actor, now: datetime) -> int:
        """Plans what has come near, each series in its own transaction; returns how many windows are new."""
        failed = "The maintenance series %s could not be planned."
        return sum(or_log(partial(row.plan, by=by, now=now), failed, row.slug) for row in cls.objects.all())

    @in_one_transaction
    def plan(self, *, by: Actor, now: datetime) -> int:
        """Schedules the windows that begin within `days_ahead`, once each; returns how many. Raises NotFound, Busy."""
        self._lock()
        until = now + timedelta(days=self.days_ahead)
        services = list(Service.objects.filter(pk__in=self.services))
        starts = list(self.starts(max(now, self.planned_until or now), until))
        for start in starts:
            self._schedule(start, services, by, now)
        if self.planned_until is None or until > self.planned_until:
            type(self).objects.filter(pk=self.pk).update(planned_until=until)
            self.planned_until = until
        return len(starts)

    def starts(self, after: datetime, until: datetime) -> Iterable[datetime]:
        zone = ZoneInfo(settings.PAGE_TIME_ZONE)
        return recurrence.occurrences(self.rule, self.first_start_at, zone, after, until)

    def _schedule(self, start: datetime, services: list[Service], by: Actor, now: datetime) -> None:
        MaintenanceWindow.schedule(
            by=by,
            title=self.title,
            description=self.description,
            scheduled_start_at=start,
            scheduled_end_at=start + timedelta(minutes=self.minutes),
            services=services,
            is_public=self.is_public,
            automatic=self.automatic,
            notify=self.announce,
            series=self,
            now=now,
        )

    def _check_more(self, found: Violations) -> None:
        if not 1 <= self.minutes <= MAX_MINUTES:
            found.add("minutes", "out_of_range", f"Give 1 to {MAX_MINUTES:,} minutes.")
        if not 1 <= self.days_ahead <= MAX_DAYS_AHEAD:
            found.add("days_ahead", "out_of_range", f"Give 1 to {MAX_DAYS_AHEAD} days.")
        if not rules.EARLIEST <= self.first_start_at <= rules.LATEST:
            found.add("first_start_at", "out_of_range", "Must lie between the years 2000 and 2100.")
        try:
            recurrence.check(self.rule, self.first_start_at)
        except recurrence.Unreadable as error:
            found.add("rule", "invalid", str(error))
