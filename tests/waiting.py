"""Waiting for what other processes do."""

import time
from collections.abc import Callable


def eventually(
    holds: Callable[[], bool], *, within: float = 20, every: float = 0.05, told: Callable[[], str] = str
) -> None:
    """Fails with what is `told` when it does not hold after so many seconds."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"not within {within} s {told()}"
        time.sleep(every)
