import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

LEASE = timedelta(minutes=10)  # longer than any job takes; after it, a job whose worker died runs again
SOON = timedelta(minutes=5)  # when a job that failed is tried again, unless its turn comes sooner


class PeriodicJob(models.Model):
    """When a job last ran and runs next, by the database's clock: however many workers there are, once per tick.

    Ticks that nobody was there for are made up for by one run.
    """

    name = models.CharField(primary_key=True, max_length=40)
    interval = models.DurationField()
    next_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=100, blank=True, help_text="The kind of error; the log has the rest.")
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def register(cls, intervals: Mapping[str, timedelta], now: datetime) -> None:
        """Adds the jobs that have no row, due at once, and takes over new intervals.

        Other rows stay: they may be those of a newer worker beside us.
        """
        known = dict(cls.objects.values_list("name", "interval"))
        new = [
            PeriodicJob(name=name, interval=every, next_at=now)
            for name, every in intervals.items()
            if name not in known
        ]
        if new:
            PeriodicJob.objects.bulk_create(new, ignore_conflicts=True)
        for name, every in intervals.items() - known.items():
            cls.objects.filter(name=name).update(interval=every)

    @classmethod
    def due(cls, now: datetime) -> "models.QuerySet[PeriodicJob]":
        return cls.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), next_at__lte=now)

    @classmethod
    def claim(cls, name: str, now: datetime) -> "PeriodicJob | None":
        """The job, to be run by us alone until the lease ends; None if it is not due or somebody else has it."""
        token = uuid.uuid4()
        if not cls.due(now).filter(name=name).update(lease_until=now + LEASE, lease_token=token):
            return None
        return cls.objects.filter(name=name, lease_token=token).first()

    def is_running(self, now: datetime) -> bool:
        return self.lease_until is not None and self.lease_until > now

    def run(self, function: Callable[[datetime], bool], now: datetime, clock: Callable[[], datetime]) -> bool:
        """Runs what was claimed and records how it went. Returns whether there was work; passes a failure on."""
        try:
            worked = function(now)
        except Exception as error:
            self._finish(clock(), min(self.interval, SOON), type(error).__name__)
            raise
        self._finish(clock(), self.interval, "")
        return worked

    def _finish(self, now: datetime, after: timedelta, error: str) -> None:
        """Records nothing where the lease was lost: then the run of somebody else counts."""
        ours = type(self).objects.filter(pk=self.pk, lease_token=self.lease_token)
        ours.update(
            last_run_at=now,
            next_at=_next_tick(self.next_at, after, now),
            last_error=error,
            lease_until=None,
            lease_token=None,
        )


def _next_tick(last: datetime, interval: timedelta, now: datetime) -> datetime:
    """The first of `last`, `last + interval`, … that is still to come."""
    return last + max(1, (now - last) // interval + 1) * interval
