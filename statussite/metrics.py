"""What Prometheus is told. Requests are counted in all processes of a machine together; the rest is looked up.

Where gunicorn has named a directory (`statussite.counts`), each process counts in a file of its own there, which
outlives it. Other servers have one process, and its memory. What the other processes answered in the last second may
still be missing.
"""

import atexit
import os
import time
from bisect import bisect_left
from collections import Counter as Counts
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from threading import Lock, Thread
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from incidents.published.wsgi import ANSWER
from statussite import counts
from statussite.checkup import Report
from statussite.middleware import ROUTE

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds


class Durations(Histogram):
    def observe_all(self, amounts: list[float]) -> None:
        """As `observe` for each of them, at the price of one."""
        self._sum.inc(sum(amounts))
        for bucket, times in Counts(bisect_left(BUCKETS, amount) for amount in amounts).items():
            self._buckets[bucket].inc(times)


disable_created_metrics()  # type: ignore[no-untyped-call]
_counted = CollectorRegistry()
REQUESTS = Counter("statussite_http_requests", "Answers.", ["method", "route", "status"], registry=_counted)
SECONDS = Durations(
    "statussite_http_request_duration_seconds", "Until an answer begins.", ["route"], buckets=BUCKETS, registry=_counted
)
PAGES = Counter(
    "statussite_published_pages",
    "Public pages answered without Django. stale: with their age, because the database is away.",
    ["answer"],
    registry=_counted,
)
LIMITED = Counter("statussite_rate_limited", "Requests refused with 429.", registry=_counted)

# To count takes locks and memory that processes share: done by each request, it cost a busy server a tenth of its
# public pages. So a request only notes what became of it, and one thread counts.
COUNT_EVERY = 1.0  # seconds
_noted: deque[tuple[str, str | None, str | None, str, float]] = deque()  # method, route, answer, status, seconds
_counting = Lock()


class Counted:
    """Notes what an application answers, as its server sees it."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()

        def start_and_note(status: str, *more: Any) -> Any:
            seconds = time.perf_counter() - began
            _noted.append((environ["REQUEST_METHOD"], environ.get(ROUTE), environ.get(ANSWER), status[:3], seconds))
            return start_response(status, *more)

        return self._application(environ, start_and_note)


def keep_counting() -> None:
    Thread(target=_count_for_ever, name="metrics", daemon=True).start()
    atexit.register(count)


def _count_for_ever() -> None:
    while True:
        time.sleep(COUNT_EVERY)
        count()


def count() -> None:
    with _counting:
        answers, pages, seconds = Counts[Any](), Counts[str](), defaultdict[str, list[float]](list)
        for _ in range(len(_noted)):
            method, route, answer, status, lasted = _noted.popleft()
            place = "published" if answer else route or "none"
            answers[method if method in METHODS else "other", place, status] += 1
            seconds[place].append(lasted)
            if answer:
                pages[answer] += 1
        _tell(answers, pages, seconds)


def _tell(answers: Counts[Any], pages: Counts[str], seconds: dict[str, list[float]]) -> None:
    for (method, place, status), times in answers.items():
        REQUESTS.labels(method, place, status).inc(times)
        if status == "429":
            LIMITED.inc(times)
    for answer, times in pages.items():
        PAGES.labels(answer).inc(times)
    for place, lasted in seconds.items():
        SECONDS.labels(place).observe_all(lasted)


def exposition(report: Report) -> bytes:
    count()
    together = CollectorRegistry()
    if directory := os.environ.get(counts.VARIABLE):
        MultiProcessCollector(together, path=directory)  # type: ignore[no-untyped-call]
    else:
        together.register(_Those(list(_counted.collect())))
    together.register(_Those(list(_gauges(report))))
    return generate_latest(together)


class _Those(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _gauges(report: Report) -> Iterator[Metric]:
    """What all web processes say alike, so that of several the largest is as good as any."""
    info = GaugeMetricFamily("statussite_info", "Always 1.", labels=["version"])
    info.add_metric([_version()], 1)
    yield info
    yield GaugeMetricFamily("statussite_database_up", "Whether the database answers.", value=report.has_database)
    yield GaugeMetricFamily("statussite_cache_up", "Whether Redis answers, if there is one.", value=report.has_cache)
    missing = len(report.missing)
    yield GaugeMetricFamily("statussite_migrations_missing", "Not yet applied to the database.", value=missing)
    yield from _of_workers(report)


def _of_workers(report: Report) -> Iterator[Metric]:
    """Nothing, where nobody knows."""
    if (pulse := report.pulse) is None:
        return
    if pulse.idle_for is not None:
        idle = pulse.idle_for.total_seconds()
        yield GaugeMetricFamily("statussite_worker_idle_seconds", "Since a worker did a job of the minute.", value=idle)
    age = pulse.queue_age.total_seconds()
    yield GaugeMetricFamily("statussite_queue_age_seconds", "Of the oldest message that is due.", value=age)
    lost = "Messages of workers that died with them, in the last hour."
    yield GaugeMetricFamily("statussite_leases_lost", lost, value=pulse.lost)
    deliveries = GaugeMetricFamily(
        "statussite_deliveries", "Messages; of those that are done, the last day's.", labels=["lane", "state"]
    )
    for (lane, state), count in sorted(pulse.deliveries.items()):
        deliveries.add_metric([lane, state], count)
    yield deliveries


def _version() -> str:
    try:
        return version("statussite")
    except PackageNotFoundError:  # run from a checkout
        return "checkout"
