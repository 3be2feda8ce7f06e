from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from django.conf import settings
from django.db import models

BURST = timedelta(seconds=1)  # what was not used up longer ago than this is lost
PROBE = timedelta(minutes=1)  # how long one message may take to tell whether the relay is back
_ROUNDING = 0.001  # of instants to microseconds
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 60))


class Lane(StrEnum):
    """What is sent by different means must not wait for one another."""

    MAIL = "mail"
    HOOK = "hook"


class Pacing(models.Model):
    """How fast a lane goes, and whether it goes at all: one row for all workers. All instants are the database's.

    Who claims holds its lock, so that claims in one lane come one after another. While a relay is known to be down,
    one message at a time finds out whether it is back.
    """

    lane = models.CharField(primary_key=True, max_length=4, choices=[(x, x) for x in Lane])
    booked_until = models.DateTimeField(null=True, help_text="Until then the rate is used up.")
    paused_until = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="In a row, of the relay itself.")

    def __str__(self) -> str:
        return self.lane

    @classmethod
    def locked(cls, lane: Lane) -> Self:
        row = cls._base_manager.select_for_update().filter(pk=lane).first()
        if row is None:
            cls._base_manager.bulk_create([cls(lane=lane)], ignore_conflicts=True)
            row = cls._base_manager.select_for_update().get(pk=lane)
        return row

    @classmethod
    def is_paused(cls, lane: Lane, now: datetime) -> bool:
        return cls._base_manager.filter(pk=lane, paused_until__gt=now).exists()

    @property
    def rate(self) -> int:
        """Messages a second; 0: as fast as it goes."""
        return int(settings.MAILS_PER_SECOND if self.lane == Lane.MAIL else settings.HOOKS_PER_SECOND)

    def room(self, now: datetime, most: int) -> int:
        """How many messages may be claimed now."""
        if self.paused_until is not None and now < self.paused_until:
            return 0
        most = 1 if self.failures else most
        if not self.rate:
            return most
        saved_up = (now - self._free_since(now)) * self.rate / timedelta(seconds=1)
        return min(most, int(saved_up + _ROUNDING))

    def book(self, now: datetime, count: int) -> None:
        if self.rate:
            self.booked_until = self._free_since(now) + count * timedelta(seconds=1) / self.rate
        if self.failures:
            self.paused_until = now + PROBE
        self.save(update_fields=["booked_until", "paused_until"])

    def broke(self, now: datetime) -> None:
        self.paused_until = now + PAUSES[min(self.failures, len(PAUSES) - 1)]
        self.failures += 1
        self.save(update_fields=["paused_until", "failures"])

    @classmethod
    def works(cls, lane: Lane) -> None:
        cls._base_manager.filter(pk=lane, failures__gt=0).update(failures=0, paused_until=None)

    def _free_since(self, now: datetime) -> datetime:
        return max(self.booked_until or now - BURST, now - BURST)
