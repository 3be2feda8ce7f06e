"""What the worker does, again and again: functions that take the time and answer whether there was work."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from incidents.models import (
    Actor,
    Alert,
    AlertSource,
    IdempotencyRecord,
    Incident,
    MaintenanceSeries,
    MaintenanceWindow,
    PeriodicJob,
    Subscription,
    UploadedDocument,
    claiming,
)
from incidents.models.clock import database_now
from incidents.models.guarded import or_log
from incidents.models.promises import nudge
from incidents.models.reminders import remind
from incidents.models.retention import forget_attempts, forget_deliveries
from incidents.notify.digests import write_digests
from incidents.notify.fan_out import fan_out

WORKER = Actor("worker", "scheduler")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
_CHUNK = 1000


@dataclass(frozen=True)
class Job:
    """`every` None: each pass of every worker. Else once per tick, whoever comes first."""

    name: str
    function: Callable[[datetime], bool]
    every: timedelta | None = None


def advance_maintenance(now: datetime) -> bool:
    """Starts and completes the maintenance windows that are due."""
    return MaintenanceWindow.advance_due(WORKER, now) > 0


def publish_drafts(now: datetime) -> bool:
    """Publishes the drafts whose time has come."""
    return Incident.publish_due(WORKER, now) > 0


def expire_leases(now: datetime) -> bool:
    """Takes back the messages of workers that are gone."""
    return claiming.expire(now) > 0


def remind_of_maintenance(now: datetime) -> bool:
    """Has subscribers told of the windows that are near."""
    return remind(now, settings.MAINTENANCE_REMINDERS) > 0


def nudge_ops(now: datetime) -> bool:
    """Has ops told of updates that they promised and that are overdue."""
    return nudge(now) > 0


def plan_maintenance(now: datetime) -> bool:
    """Schedules the windows of maintenance series that have come near."""
    return MaintenanceSeries.plan_all(WORKER, now) > 0


def settle_alerts(now: datetime) -> bool:
    """Opens for alerts that have fired long enough, resolves for those that have been quiet long enough."""
    return AlertSource.settle_all(now)


def purge_alerts(now: datetime) -> bool:
    """Forgets alerts that have been quiet for a month."""
    return _until_done(lambda: Alert.purge(now))


def purge_uploads(now: datetime) -> bool:
    """Forgets files that were looked at and never imported."""
    return UploadedDocument.purge(now)


def purge_deliveries(now: datetime) -> bool:
    """Forgets what was sent, and how it went."""
    return any([_until_done(lambda: forget_attempts(now)), _until_done(lambda: forget_deliveries(now))])


def purge_unverified_subscriptions(now: datetime) -> bool:
    """Forgets addresses that nobody confirmed, and who followed only what is long over."""
    return _until_done(lambda: Subscription.purge(now))


def purge_idempotency_keys(now: datetime) -> bool:
    """Forgets the answers that nobody may ask for any more. What is too old, the database's clock tells."""
    return _until_done(lambda: IdempotencyRecord.purge() > 0)


def flush_expired_tokens(now: datetime) -> bool:
    """Forgets refresh tokens, blacklisted or not, that have expired."""
    return _until_done(lambda: _flush_some(now))


JOBS: tuple[Job, ...] = (
    Job("advance_maintenance", advance_maintenance),
    Job("fan_out", fan_out),
    Job("expire_leases", expire_leases),
    Job("publish_drafts", publish_drafts, every=MINUTE),
    Job("remind_of_maintenance", remind_of_maintenance, every=MINUTE),
    Job("nudge_ops", nudge_ops, every=MINUTE),
    Job("plan_maintenance", plan_maintenance, every=HOUR),
    Job("settle_alerts", settle_alerts, every=MINUTE),
    Job("write_digests", write_digests, every=5 * MINUTE),
    Job("purge_alerts", purge_alerts, every=HOUR),
    Job("purge_uploads", purge_uploads, every=HOUR),
    Job("purge_deliveries", purge_deliveries, every=HOUR),
    Job("purge_unverified_subscriptions", purge_unverified_subscriptions, every=HOUR),
    Job("purge_idempotency_keys", purge_idempotency_keys, every=HOUR),
    Job("flush_expired_tokens", flush_expired_tokens, every=24 * HOUR),
)


def run_all(jobs: Iterable[Job]) -> bool:
    """One pass; returns whether any job had work. Raises what tells that the database is away."""
    jobs, now = tuple(jobs), database_now()
    worked = [_guarded(job, partial(job.function, now)) for job in jobs if job.every is None]
    periodic = {job.name: job for job in jobs if job.every is not None}
    PeriodicJob.register({job.name: job.every for job in periodic.values() if job.every}, now)
    due = PeriodicJob.due(now).values_list("name", flat=True)
    worked += [_run(periodic[name], now) for name in list(due) if name in periodic]
    return any(worked)


def _run(job: Job, now: datetime) -> bool:
    claimed = PeriodicJob.claim(job.name, now)
    return claimed is not None and _guarded(job, lambda: claimed.run(job.function, now, database_now))


def _guarded(job: Job, work: Callable[[], bool]) -> bool:
    """One job that fails must not keep the others from running."""
    return or_log(work, "The job %s failed.", job.name) > 0


def _until_done(step: Callable[[], bool]) -> bool:
    worked = False
    while step():
        worked = True
    return worked


def _flush_some(now: datetime) -> bool:
    """In chunks, so that nobody waits long for the lock."""
    expired = OutstandingToken.objects.filter(expires_at__lte=now).order_by("pk").values_list("pk", flat=True)
    chunk = list(expired[:_CHUNK])
    OutstandingToken.objects.filter(pk__in=chunk).delete()
    return bool(chunk)
