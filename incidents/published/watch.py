"""Keeps the files of the site true, as the publisher of a web process does for its memory."""

import logging
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache

from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from incidents import page
from incidents.models import Event, Revision
from incidents.published import links, rendering
from incidents.published.export import Export
from incidents.published.folder import Folder
from incidents.published.follower import LOOK_EVERY, MOVE_EVERY, events_between, is_of_the_catalogue
from incidents.published.index import Index
from incidents.published.publisher import DEADLINE, SAY_SO_AFTER
from statussite.deadline import database_deadline

log = logging.getLogger(__name__)

SLICE = 0.25  # seconds of work on what nobody waits for, between two looks


class Watch:
    """`_late`: old pages that are still to be made again, in the order in which they will be."""

    def __init__(self, export: Export, folder: Folder, index: Index) -> None:
        self._export, self._folder, self._index = export, folder, index
        self._late: dict[str, None] = {}
        self._seen = -1
        self._renewed_at = -1e9
        self._day: date | None = None
        self._is_away = self._is_marked = False

    def run(self, stop: threading.Event) -> None:
        log.info("Watching for changes.")
        while not stop.is_set():
            self.step()
            stop.wait(0 if self._late and not self._is_away else LOOK_EVERY)

    def step(self) -> None:
        try:
            with database_deadline(DEADLINE):
                number = Revision.current().number
            self._follow(number)
            self._is_away = self._is_marked = False
            self._folder.confirm()
        except (DatabaseError, InterfaceError, OSError) as error:
            self._bear(error)

    def _follow(self, number: int) -> None:
        now, seen = timezone.now(), self._seen
        self._seen = -1  # whatever fails on the way: all of it is done again
        if seen < 0:
            self._take_in_everything(now)
        elif number != seen:
            self._take_in(events_between(seen, number), now)
        elif self._is_marked or time.monotonic() - self._renewed_at > MOVE_EVERY:
            self._index.move_to(now)
            self._renew(now)
        self._seen = number
        self._do_some_of_the_late()

    def _take_in_everything(self, now: datetime) -> None:
        self._export.make_messages()
        self._index.reload(now)
        self._export.remove(self._export.pages_that_link_to(cache(self._index.lacks)))  # of what has been hidden, say
        self._export.remove_unknown()
        self._late = dict.fromkeys(self._index.every())
        self._renew(now)

    def _take_in(self, events: list[Event] | None, now: datetime) -> None:
        if events is None or any(map(is_of_the_catalogue, events)):
            self._take_in_everything(now)
            return
        touched = {path for event in events for path in self._index.paths_of(event.subject_type, event.subject_id)}
        told = {path: self._export.text_of(path) for path in touched}
        lost = self._index.take_in(events, now)
        telling = self._export.pages_that_link_to(lost.__contains__) if lost else []
        self._export.remove([*lost, *telling])  # at once, and whatever happens then; the latter come back without it
        related = [self._related(path, told[path]) for path in touched]  # first: the home page will link to them
        self._renew(now)
        self._make(set(telling).union(*related) - touched)

    def _related(self, path: str, before: str) -> set[str]:
        """Makes the page anew; returns the pages that tell of it too: those it links to, because they link back, and
        the months in which it was."""
        after = self._export.make(path) if self._index.knows(path) else ""
        linked = links.targets(before, path) | links.targets(after, path)
        months = links.months(before) | links.months(after)
        return self._index.beside(linked) | linked | self._pages_of(months)

    def _renew(self, now: datetime) -> None:
        """What shows the present."""
        self._renewed_at = time.monotonic()
        today = page.today(now)
        months = {today, today.replace(day=1) - timedelta(days=1)}
        self._make([*self._index.kept(), *self._pages_of(months)])
        if self._day not in (None, today):
            self._late = dict.fromkeys(self._index.every())
        self._day = today

    def _pages_of(self, months: Iterable[date]) -> set[str]:
        return {path for month in months for path in self._index.paths_of("month", f"{month:%Y/%m}")}

    def _make(self, paths: Iterable[str]) -> None:
        for path in paths:
            if self._index.knows(path):
                self._late.pop(path, None)
                self._export.make(path)

    def _do_some_of_the_late(self) -> None:
        until = time.monotonic() + SLICE
        while self._late and time.monotonic() < until:
            self._make([next(iter(self._late))])
            if not self._late:
                log.info("Every page is up to date.")

    def _bear(self, error: Exception) -> None:
        """The database is away, or the disk full: the files stay, and those that show the present say how old they
        are when that has lasted."""
        if not self._is_away:
            log.warning("The files cannot be renewed; they stay as they are.", exc_info=error)
        self._is_away = True
        connections.close_all()
        if not self._is_marked and time.time() - self._folder.confirmed_at > SAY_SO_AFTER:
            self._is_marked = True
            with suppress(OSError):
                self._mark(self._folder.confirmed_at)

    def _mark(self, at: float) -> None:
        for path in self._index.kept():
            body = self._export.text_of(path).encode()
            if (told := rendering.dated(path, body, at)) != body:
                self._export.put(path, told)
