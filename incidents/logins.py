"""Guessing passwords: how many failures there may be, counted in the cache. Knows neither API nor admin."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import time

from django.core.cache import cache
from django.utils.crypto import salted_hmac

from incidents.errors import RateLimited

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """So many failures in so many seconds, any such stretch of time."""

    failures: int
    seconds: int


PER_ACCOUNT = Limit(5, 15 * 60)  # and address, so that nobody locks others out
ANYWHERE = ""  # the address of an account that is counted wherever the failures come from
PER_ADDRESS = Limit(50, 60 * 60)


def attempt[U](
    account: str, network: str, log_in: Callable[[], U | None], *, counted_at: str | None = None
) -> U | None:
    """What `log_in` gives: the user, or None for a failure, which is counted. Raises RateLimited.

    `counted_at`: where the failures of the account are counted together, if not at the network they come from.

    Accounts that exist and that do not are treated alike. While it is locked the right password is refused too, even
    one that was on its way when others failed. Success forgets the failures of this account from this network.
    Without a cache there is no limit.
    """
    ledgers = _ledgers(account, network, counted_at)
    if not _checked(ledgers):
        return log_in()
    user = log_in()
    if user is None:
        for ledger in ledgers:
            ledger.add()
        return None
    _checked(ledgers)
    ledgers[0].forget()
    return user


class Ledger:
    """The times of the newest failures, as many as the limit counts: one cache entry each, so that no two writers
    overwrite each other.
    """

    def __init__(self, limit: Limit, *who: str) -> None:
        self.limit = limit
        name = salted_hmac("incidents.logins", "\0".join(who), algorithm="sha256").hexdigest()
        self._counter = f"logins:{name}"
        self._slots = [f"{self._counter}:{number}" for number in range(limit.failures)]

    def locked_for(self) -> float:
        """Seconds; 0 if it is open. They end when the oldest of the failures is old enough."""
        times: Iterable[float] = cache.get_many(self._slots).values()
        recent = [at for at in times if at + self.limit.seconds > time()]
        return min(recent) + self.limit.seconds - time() if len(recent) == self.limit.failures else 0

    def add(self) -> None:
        keep = 2 * self.limit.seconds
        try:
            cache.add(self._counter, 0, keep)
            slot = cache.incr(self._counter) % self.limit.failures
            cache.touch(self._counter, keep)  # older than every slot, it would begin anew and overwrite the newest
            cache.set(self._slots[slot], time(), self.limit.seconds)
        except Exception:
            log.warning("A failed login could not be counted.", exc_info=True)

    def forget(self) -> None:
        try:
            cache.delete_many(self._slots)
        except Exception:
            log.warning("Failed logins could not be forgotten.", exc_info=True)


def is_locked(account: str, network: str, *, counted_at: str | None = None) -> bool:
    """Whether the next attempt would be refused."""
    try:
        _checked(_ledgers(account, network, counted_at))
    except RateLimited:
        return True
    return False


def _ledgers(account: str, network: str, counted_at: str | None) -> tuple[Ledger, Ledger]:
    where = network if counted_at is None else counted_at
    return Ledger(PER_ACCOUNT, account, where), Ledger(PER_ADDRESS, network)


def _checked(ledgers: Iterable[Ledger]) -> bool:
    """False where the cache is away, which is then better left alone: each question may take seconds.

    Raises RateLimited.
    """
    try:
        wait = max(ledger.locked_for() for ledger in ledgers)
    except Exception:
        log.warning("Failed logins could not be looked up; nobody is locked out.", exc_info=True)
        return False
    if wait > 0:
        raise RateLimited("Too many failed logins. Wait, then try again.", wait)
    return True
