"""Follows the revision: what has changed is outdated, and what shows something hidden goes at once."""

import logging
import time

from django.utils import timezone

from incidents.models import Event, Revision
from incidents.published.index import Index
from incidents.published.store import Store

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5  # seconds; twice as often as once a second, so that a change is shown within one
MOVE_EVERY = 50.0  # seconds; time moves too
MANY_EVENTS = 1000  # beyond, reading everything anew is quicker


class Follower:
    def __init__(self, store: Store, index: Index) -> None:
        self._store, self._index = store, index
        self._seen = -1
        self._looked_at = self._moved_at = -1e9

    @property
    def next_look(self) -> float:
        """Seconds until then."""
        return max(0.0, self._looked_at + LOOK_EVERY - time.monotonic())

    def look_at_once(self) -> None:
        self._looked_at = -1e9

    def look(self) -> None:
        """Raises what the database raises; then nothing is confirmed."""
        self._looked_at = time.monotonic()
        number = Revision.current().number
        if not self._index.is_loaded:
            self._begin(number)
        elif number != self._seen:
            self._take_in(number)
        elif time.monotonic() - self._moved_at > MOVE_EVERY:
            self._index.move_to(timezone.now())
            self._plan()
        self._store.confirm()

    def _begin(self, number: int) -> None:
        self._index.reload(timezone.now())
        # Nobody knows what has been hidden since these were put on the disk.
        self._store.forget([path for path, held in self._store.entries.items() if held.revision != number])
        self._arrive_at(number, is_new=True)

    def _take_in(self, number: int) -> None:
        events = events_between(self._seen, number)
        if self._has_lost_something(events):
            self._forget_everything()
        self._arrive_at(number, is_new=events is None or any(event.public for event in events))

    def _has_lost_something(self, events: list[Event] | None) -> bool:
        if events is None or any(map(is_of_the_catalogue, events)):
            return bool(self._index.reload(timezone.now()))
        return bool(self._index.take_in(events, timezone.now()))

    def _forget_everything(self) -> None:
        """Any page may have named what is hidden now."""
        self._store.forget(list(self._store.entries))
        try:
            self._store.erase()
        except OSError:
            log.exception("The public pages on the disk show what has been taken back, and cannot be removed.")

    def _arrive_at(self, number: int, *, is_new: bool) -> None:
        if is_new:
            self._store.outdate(number)
        self._seen = number
        self._plan()

    def _plan(self) -> None:
        self._moved_at = time.monotonic()
        self._store.kept = self._index.kept()


def events_between(seen: int, number: int) -> list[Event] | None:
    """What happened since; None when that is too much, or unknown (a restored database, a purge)."""
    if not 0 < number - seen <= MANY_EVENTS:
        return None
    events = list(Event.objects.filter(id__gt=seen, id__lte=number))
    return events if len(events) == number - seen else None


def is_of_the_catalogue(event: Event) -> bool:
    """Of a service or a group, say: every page may show it."""
    return event.public and event.subject_type not in ("incident", "maintenancewindow")
