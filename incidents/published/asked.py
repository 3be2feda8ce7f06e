from collections.abc import Iterable
from threading import Event, Lock


class Asked:
    """The pages that requests wait for, each with what tells them that it is made."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: dict[str, Event] = {}

    @property
    def paths(self) -> list[str]:
        """The one that somebody has waited for longest first."""
        with self._lock:
            return list(self._events)

    def add(self, path: str) -> Event:
        with self._lock:
            return self._events.setdefault(path, Event())

    def release(self, paths: Iterable[str]) -> None:
        with self._lock:
            made = [self._events.pop(path) for path in paths if path in self._events]
        for event in made:
            event.set()
