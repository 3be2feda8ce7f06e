"""What the worker does, again and again: functions that take the time and answer whether there was work."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error as DatabaseFailure
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from incidents.models import Actor, IdempotencyRecord, MaintenanceWindow, PeriodicJob, Subscription
from incidents.models.clock import database_now
from incidents.notify.confirmations import send_confirmations

log = logging.getLogger("incidents.worker")

WORKER = Actor("worker", "scheduler")
HOUR = timedelta(hours=1)
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


def purge_unverified_subscriptions(now: datetime) -> bool:
    """Forgets addresses that nobody confirmed."""
    return _until_done(lambda: Subscription.purge(now))


def purge_idempotency_keys(now: datetime) -> bool:
    """Forgets the answers that nobody may ask for any more. What is too old, the database's clock tells."""
    return _until_done(lambda: IdempotencyRecord.purge() > 0)


def flush_expired_tokens(now: datetime) -> bool:
    """Forgets refresh tokens, blacklisted or not, that have expired."""
    return _until_done(lambda: _flush_some(now))


JOBS: tuple[Job, ...] = (
    Job("advance_maintenance", advance_maintenance),
    Job("send_confirmations", send_confirmations),
    Job("purge_unverified_subscriptions", purge_unverified_subscriptions, every=HOUR),
    Job("purge_idempotency_keys", purge_idempotency_keys, every=HOUR),
    Job("flush_expired_tokens", flush_expired_tokens, every=24 * HOUR),
)


def run_all(jobs: Iterable[Job]) -> bool:
    """One pass; returns whether any job had work. Raises what a job of each pass raises."""
    jobs, now = tuple(jobs), database_now()
    worked = [job.function(now) for job in jobs if job.every is None]
    periodic = {job.name: job for job in jobs if job.every is not None}
    PeriodicJob.register({job.name: job.every for job in periodic.values() if job.every}, now)
    due = PeriodicJob.due(now).values_list("name", flat=True)
    worked += [_run(periodic[name], now) for name in list(due) if name in periodic]
    return any(worked)


def _run(job: Job, now: datetime) -> bool:
    """One job that fails must not keep the others from running."""
    claimed = PeriodicJob.claim(job.name, now)
    if claimed is None:
        return False
    try:
        return claimed.run(job.function, now, database_now)
    except DatabaseFailure:
        raise
    except Exception:
        log.exception("The job %s failed.", job.name)
        return False


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
