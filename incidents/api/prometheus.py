"""Asks a Prometheus server for one series. It may be slow, wrong or gone: that costs who asks a 502, nobody else."""

import json
import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any

import httpx
from django.conf import settings

from incidents.api import outside
from incidents.errors import DownstreamFailure

log = logging.getLogger(__name__)

SECONDS = 5
LARGEST = 1_000_000  # bytes

# No answer, or one that is not what a Prometheus server says.
_WRONG = (
    *(httpx.HTTPError, httpx.InvalidURL),
    *(ValueError, LookupError, TypeError, ArithmeticError, OSError, RecursionError),
)

# A server that hangs holds this many of our threads and no more; who comes then waits for a moment.
_SLOTS, _PATIENCE = BoundedSemaphore(2), 1


def values(service: str, start: datetime, end: datetime, step: timedelta) -> Mapping[datetime, float | None]:
    """What LATENCY_QUERY says of the service at each step from `start` to `end`; a number that is none is None.

    `service` is a slug, so nothing of it can end a string of the query. Raises DownstreamFailure.
    """
    query = {
        "query": settings.LATENCY_QUERY.replace("{service}", service),
        "start": start.timestamp(),
        "end": end.timestamp(),
        "step": step.total_seconds(),
    }
    address = f"{settings.PROMETHEUS_URL}/api/v1/query_range"
    with _slot():
        try:
            return _points(json.loads(outside.get(address, query, seconds=SECONDS, largest=LARGEST)))
        except _WRONG as error:
            log.warning("the Prometheus server failed: %s", type(error).__name__)
            raise _failure() from error


@contextmanager
def _slot() -> Iterator[None]:
    if not _SLOTS.acquire(timeout=_PATIENCE):
        raise _failure()
    try:
        yield
    finally:
        _SLOTS.release()


def _points(answer: Any) -> dict[datetime, float | None]:
    """Of no series nothing is known; of several the query should have made one."""
    series = answer["data"]["result"]
    if answer["status"] != "success" or answer["data"]["resultType"] != "matrix" or len(series) > 1:
        raise ValueError("not one series")
    found = series[0]["values"] if series else []
    return {datetime.fromtimestamp(at, UTC): _finite(value) for at, value in found}


def _finite(value: str) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _failure() -> DownstreamFailure:
    return DownstreamFailure("The server that measures latency did not answer as it should. Try again in a minute.")
