"""What this process depends on, and how that is. Looking costs little, and nobody waits for what has stopped."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from statussite.cache import RedisOrMemoryCache
from statussite.deadline import database_deadline

if TYPE_CHECKING:
    from incidents.models.pulse import Pulse

DEADLINE = 1.0  # seconds that the database may keep a look waiting
FRESH = 2.0  # seconds for which one look will do, whoever asks
STALE = 10.0  # seconds after which who asks waits for the look that is under way
LONGEST_WAIT = 4.0  # seconds


@dataclass(frozen=True)
class Report:
    """`missing`: migrations that this code has and the database has not. `pulse`: None where it could not be felt."""

    has_database: bool
    missing: tuple[str, ...]
    has_cache: bool
    pulse: "Pulse | None"
    at: float

    @property
    def is_ready(self) -> bool:
        """The cache has a stand-in, and workers are others: without these this process serves all the same."""
        return self.has_database and not self.missing


class Checkup:
    """One look at a time, however many ask."""

    def __init__(self, look: Callable[[], Report]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._last: Report | None = None

    def report(self) -> Report:
        last = self._last
        age = time.monotonic() - last.at if last else STALE
        if last and age < FRESH:
            return last
        if self._lock.acquire(timeout=LONGEST_WAIT if age >= STALE else 0):
            try:
                if self._last is last:  # nobody has looked while we waited
                    self._last = self._look()
            finally:
                self._lock.release()
        return self._last or Report(False, (), False, None, time.monotonic())


def look() -> Report:
    has_cache = _has_cache()
    try:
        with database_deadline(DEADLINE):
            missing = _missing()
            pulse = None if missing else _pulse()
    except DatabaseError:
        connection.close()
        return Report(False, (), has_cache, None, time.monotonic())
    return Report(True, missing, has_cache, pulse, time.monotonic())


def _pulse() -> "Pulse":
    from incidents.models.clock import database_now
    from incidents.models.pulse import pulse

    return pulse(database_now())


def _missing() -> tuple[str, ...]:
    """What a newer version has applied beside ours is none of our business."""
    applied = MigrationRecorder(connection).applied_migrations()
    return tuple(f"{app}.{name}" for app, name in _ours() if (app, name) not in applied)


@cache
def _ours() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(MigrationLoader(None, ignore_no_migrations=True).disk_migrations or ()))


def _has_cache() -> bool:
    """A cache in the memory of this process is always there."""
    used = caches["default"]
    used.get("checkup")  # while Redis is away, somebody has to find out that it is back
    return not isinstance(used, RedisOrMemoryCache) or not used.circuit.is_open


checkup = Checkup(look)
