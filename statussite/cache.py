"""Redis as the cache; while it is away, the memory of this process. Nobody waits for it twice."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

LEFT_ALONE = 5.0  # seconds

# A Redis that is frozen accepts a connection and says nothing: one wait for each of the two, no second try.
# What REDIS_URL says (`?socket_timeout=1`) comes first.
CONNECTION = {
    "socket_connect_timeout": 0.1,
    "socket_timeout": 0.15,
    "retry": Retry(NoBackoff(), 0),
    "protocol": 2,  # the next one would let the server loosen these
}


class Circuit:
    """Opens at a failure. After LEFT_ALONE seconds one caller may try; the others wait for its news."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._next_try: float | None = None  # None: closed

    @property
    def is_open(self) -> bool:
        return self._next_try is not None

    def lets_through(self) -> bool:
        with self._lock:
            if self._next_try is None:
                return True
            if time.monotonic() < self._next_try:
                return False
            self._next_try = time.monotonic() + LEFT_ALONE
            return True

    def open(self) -> bool:
        """Whether it was closed until now."""
        with self._lock:
            was_closed = self._next_try is None
            self._next_try = time.monotonic() + LEFT_ALONE
            return was_closed

    def close(self) -> bool:
        """Whether it was open until now."""
        with self._lock:
            was_open, self._next_try = self._next_try is not None, None
            return was_open


_circuits: dict[str, Circuit] = {}  # by server: Django makes a cache object for every thread


def _with_a_fallback(name: str) -> Callable[..., Any]:
    ask_redis, ask_memory = getattr(RedisCache, name), getattr(LocMemCache, name)

    def ask(self: "RedisOrMemoryCache", *args: Any, **kwargs: Any) -> Any:
        if self.circuit.lets_through():
            try:
                answer = ask_redis(self, *args, **kwargs)
            except RedisError as error:
                if self.circuit.open():
                    log.warning("Redis is away (%s): this process counts and caches for itself.", type(error).__name__)
            else:
                if self.circuit.close():
                    log.warning("Redis is back.")
                return answer
        return ask_memory(self.memory, *args, **kwargs)

    return ask


class RedisOrMemoryCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": {**CONNECTION, **params.get("OPTIONS", {})}})
        self.circuit = _circuits.setdefault(server, Circuit())
        self.memory = LocMemCache(f"instead of {server}", settings.MEMORY_CACHE)

    add = _with_a_fallback("add")
    get = _with_a_fallback("get")
    set = _with_a_fallback("set")
    touch = _with_a_fallback("touch")
    delete = _with_a_fallback("delete")
    get_many = _with_a_fallback("get_many")
    has_key = _with_a_fallback("has_key")
    incr = _with_a_fallback("incr")
    set_many = _with_a_fallback("set_many")
    delete_many = _with_a_fallback("delete_many")
    clear = _with_a_fallback("clear")
