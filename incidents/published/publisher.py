"""The one thread of a process that renders public pages. Visitors' requests read what it has put into the store."""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import inf

from django.db import DatabaseError, InterfaceError, connections

from incidents.published import rendering
from incidents.published.asked import Asked
from incidents.published.entry import Entry, Messages
from incidents.published.follower import Follower
from incidents.published.index import Index
from incidents.published.store import Store
from statussite.deadline import database_deadline
from statussite.pool import use_a_connection_of_our_own

log = logging.getLogger(__name__)

DEADLINE = 3.0  # seconds for one look or one render
RENEW_AFTER = 50.0  # seconds; time moves too
SAY_SO_AFTER = 120.0  # seconds after which a page that cannot be renewed says how old it is
AGAIN_AFTER = 10.0  # seconds after a failure, to render or to write
SAVED_EVERY = 10.0  # seconds, however long there is something to render

# Seconds that the thread which renders may go on while requests wait for the interpreter. With Python's usual 5 ms a
# server that was rendering answered 0.4 times as many requests as one at rest; with this 0.7 times, and nobody loses.
TURN = 0.0005

# Times what a page took, before the next one that nobody waits for. While somebody writes all the time, there is always
# something to render, and they must not pay for it. After a rest the first pages, which tell what is new, go without.
EASE = 3.0
LONGEST_EASE = 0.25  # seconds, after which it is looked again whether anything is to be hidden
MOST_RESTED = 2.0  # seconds

# How long a request waits for a page, in seconds
FOR_A_NEW_PAGE = 1.0
FOR_A_NEWER_PAGE = 0.25  # then the one that is held goes out
OLD_BYTES_FOR = 0.3  # after a change, nobody waits at all: the publisher is about to be done


class Publisher:
    """`messages`: what is said at a path where there is nothing to show."""

    def __init__(self, store: Store, messages: Callable[[str], Messages]) -> None:
        self._store, self._index = store, Index()
        self._follower = Follower(store, self._index)
        self._messages = messages
        self._failed: dict[str, tuple[int, float]] = {}  # path → revision and moment of the last attempt
        self._save_from, self._saved_at = -inf, time.monotonic()
        self._rested_at = -inf  # the moment at which it has rested enough for what it rendered
        self._is_dirty = self._is_away = False
        self._has_looked = threading.Event()
        self._reset()

    def start(self) -> None:
        """Goes on in each process that is forked from this one, too. Returns when it is known what there is, or that
        the database does not say."""
        self._store.load()
        os.register_at_fork(before=self._pause, after_in_parent=self._resume, after_in_child=self._begin)
        self._begin()
        self._has_looked.wait(DEADLINE)

    # Called by requests; none of it waits for a database, only for the publisher, and briefly

    def is_public(self, path: str) -> bool:
        return self._index.is_public(path)

    def fetch(self, path: str) -> Entry:
        if self._index.is_loaded and not self._index.knows(path):
            return self._messages(path).not_found
        if not (self._is_away or self._is_stuck):
            made = self._ask_for(path)
            if not made.wait(self._patience(path)) and path not in self._store.entries:
                made.wait(FOR_A_NEW_PAGE)  # what was held has been taken back meanwhile
        return self._store.entries.get(path) or self._messages(path).unavailable

    def hint(self) -> None:
        self._follower.look_at_once()
        self._wake.set()

    @property
    def _is_stuck(self) -> bool:
        return time.monotonic() - self._busy_since > FOR_A_NEW_PAGE

    def _patience(self, path: str) -> float:
        if path not in self._store.entries:
            return FOR_A_NEW_PAGE
        is_on_its_way = path in self._store.kept and self._store.unchanged_for < OLD_BYTES_FOR
        return 0 if is_on_its_way else FOR_A_NEWER_PAGE

    def _ask_for(self, path: str) -> threading.Event:
        made = self._asked.add(path)
        self._wanted.set()
        self._wake.set()
        return made

    # The publisher's own thread

    def _begin(self) -> None:
        self._reset()
        threading.Thread(target=self._run, name="publisher", daemon=True).start()

    def _pause(self) -> None:
        """A fork in the middle of something would leave its locks locked in the child for ever."""
        self._still.acquire()

    def _resume(self) -> None:
        self._still.release()

    def _reset(self) -> None:
        """A fork takes no other thread along, but locks as they were."""
        self._asked, self._wanted, self._wake = Asked(), threading.Event(), threading.Event()
        self._still = threading.Lock()  # held while something is under way
        self._busy_since = inf

    def _run(self) -> None:
        use_a_connection_of_our_own()
        while True:
            self.step()
            self._wake.wait(self._follower.next_look)
            self._wake.clear()

    def step(self) -> None:
        """Looks whether something has changed, makes what is missing or outdated, and puts it on the disk."""
        try:
            self._look()
            while not self._is_away and (path := self._next_due()) is not None:
                began = time.monotonic()
                self._make(path)
                if time.monotonic() - self._saved_at > SAVED_EVERY:
                    self._save_if_due()
                self._ease(began)
                self._look()
            self._save_if_due()
        except Exception as error:  # noqa: BLE001  (whatever it is, this thread must go on)
            self._bear(error)

    def _ease(self, began: float) -> None:
        """Leaves the interpreter to visitors and writers for a while. Who asks for a page ends that; what was written
        does not, or writers who follow one another would have it render without a pause."""
        now = time.monotonic()
        rested_at = max(self._rested_at, began - MOST_RESTED) + (now - began) * (1 + EASE)
        self._rested_at = min(rested_at, now + LONGEST_EASE)
        self._wanted.wait(max(0, self._rested_at - now))

    def _look(self) -> None:
        if self._follower.next_look:
            return
        shown = self._store.revision
        with self._at_work():
            self._follower.look()
        if self._store.revision != shown:
            self._save_from = -inf
        self._is_away = False
        self._has_looked.set()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        usual = sys.getswitchinterval()
        self._busy_since = time.monotonic()
        try:
            sys.setswitchinterval(TURN)
            with self._still, database_deadline(DEADLINE):
                yield
        finally:
            sys.setswitchinterval(usual)
            self._busy_since = inf

    # Making

    def _next_due(self) -> str | None:
        """First what somebody waits for. Who waits for what needs no making is told so."""
        self._wake.clear()
        self._wanted.clear()
        for path in self._asked.paths:
            if self._is_due(path):
                return path
            self._asked.release([path])
        return next((path for path in self._store.kept if self._is_due(path, self._lasts(path))), None)

    def _lasts(self, path: str) -> float:
        """Seconds, if nobody asks. Time moves the others too, but they are made again when somebody looks."""
        return RENEW_AFTER if self._index.is_fixed(path) else inf

    def _is_due(self, path: str, lasts: float = RENEW_AFTER) -> bool:
        if not self._index.knows(path) or self._has_failed(path):
            return False
        held = self._store.entries.get(path)
        return held is None or held.revision != self._store.revision or not 0 <= held.age < lasts

    def _has_failed(self, path: str) -> bool:
        """Just now; the same attempt again would only cost."""
        revision, at = self._failed.get(path, (-1, -inf))
        return revision == self._store.revision and time.monotonic() - at < AGAIN_AFTER

    def _make(self, path: str) -> None:
        revision = self._store.revision
        try:
            with self._at_work():
                entry = rendering.render(path, revision)
        except Exception as error:
            self._failed[path] = (revision, time.monotonic())
            if isinstance(error, DatabaseError | InterfaceError):
                raise
            log.exception("A public page could not be rendered: %s", path)
            self._say_how_old([path])
        else:
            gone = replace(self._messages(path).not_found, made_at=time.time(), revision=revision)
            self._store.hold(path, entry or gone)
            self._is_dirty = self._is_dirty or path in self._store.kept
        finally:
            self._asked.release([path])

    # What is made goes to the disk; what cannot be made says how old it is

    def _save_if_due(self) -> None:
        if not self._is_dirty or time.monotonic() < self._save_from:
            return
        try:
            with self._still:
                is_saved = self._store.save()
            if is_saved:
                self._is_dirty, self._saved_at = False, time.monotonic()
                self._save_from = self._saved_at + RENEW_AFTER
        except OSError as error:
            log.warning("The public pages could not be written to the disk: %s", error)
            self._save_from = time.monotonic() + AGAIN_AFTER

    def _bear(self, error: Exception) -> None:
        """What is held stays, and says how old it is when that has lasted."""
        if not self._is_away:
            log.warning("Public pages stay as they are: the database is away.", exc_info=error)
        self._is_away = True
        self._has_looked.set()
        connections.close_all()
        self._asked.release(self._asked.paths)
        self._say_how_old(list(self._store.entries))

    def _say_how_old(self, paths: Iterable[str]) -> None:
        for path in paths:
            held = self._store.entries.get(path)
            if held and held.age > SAY_SO_AFTER:
                self._store.entries[path] = rendering.stale(path, held)
