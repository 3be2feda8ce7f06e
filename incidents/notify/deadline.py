"""One end to all that is done over a connection. A socket's own timeout is for single reads and writes, so that who
drips, or is slow at each step, could go on for ever."""

import socket
from collections.abc import Sequence
from time import monotonic


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._until = monotonic() + seconds

    def hurry(self, seconds: float) -> None:
        self._until = min(self._until, monotonic() + seconds)

    def left(self) -> float:
        """Seconds. Raises TimeoutError after the last."""
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def connect(addresses: Sequence[str], port: int, seconds: float) -> socket.socket:
    """The first of them that answers; each has an equal share of the time. Raises OSError."""
    share = seconds / len(addresses)
    for address in addresses[:-1]:
        try:
            return socket.create_connection((address, port), share)
        except OSError:
            continue
    return socket.create_connection((addresses[-1], port), share)
