"""What is held ready, in memory and on disk. Standard library only.

The disk holds one file: a line of JSON that describes the entries, their bodies, and a SHA-256 of it all. It is written
beside its place and renamed, so that it is whole or not there; anything else in its place is ignored.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from incidents.published.entry import Entry, Variant

FORMAT = "published pages 1"
FRESH_FOR = 60.0  # seconds; time moves too, so what is older may be wrong
MAX_RARE_BYTES = 4_000_000
_DIGEST = hashlib.sha256().digest_size


class Store:
    """Only the publisher's thread writes; a reader sees a page as it was before or as it is after.

    `kept` are the paths that are always ready; what else is held makes room for newer when there is too much of it.
    `site` names whose pages these are: a file of another site is foreign.
    """

    def __init__(self, file: Path, site: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.entries: dict[str, Entry] = {}
        self.kept: Mapping[str, None] = {}
        self.revision = -1
        self._changed_at = self._confirmed_at = -1e9
        self._file, self._site, self._clock = file, site, clock

    # What is true

    def is_current(self, entry: Entry) -> bool:
        return entry.revision == self.revision and 0 <= entry.age < FRESH_FOR

    def outdate(self, revision: int) -> None:
        """The page has changed: whatever is held shows it as it was."""
        self.revision = revision
        self._changed_at = self._clock()

    def confirm(self) -> None:
        """The database said just now that `revision` is the present one."""
        self._confirmed_at = self._clock()

    @property
    def unconfirmed_for(self) -> float:
        """Seconds since the database last answered."""
        return self._clock() - self._confirmed_at

    @property
    def unchanged_for(self) -> float:
        return self._clock() - self._changed_at

    # Pages

    def hold(self, path: str, entry: Entry) -> None:
        self.entries[path] = entry
        if path not in self.kept:
            self._make_room()

    def forget(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.entries.pop(path, None)

    def _make_room(self) -> None:
        rare = [(entry.made_at, path) for path, entry in self.entries.items() if path not in self.kept]
        size = sum(self.entries[path].size for _, path in rare)
        for _, path in sorted(rare):
            if size <= MAX_RARE_BYTES:
                return
            size -= self.entries.pop(path).size

    # The disk

    def save(self) -> bool:
        """What is kept, for a start without a database; False if another process is writing right now."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.with_name("lock").open("w") as lock, suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write(self._file, self._dump())
            return True
        return False

    def load(self) -> bool:
        """Fills an empty store; False where there is no file, or none that is whole and ours."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            self.entries = self._read(self._file.read_bytes())
            return True
        return False

    def erase(self) -> None:
        """What must be seen no longer leaves the disk at once, and not when a better file is ready."""
        self._file.unlink(missing_ok=True)

    def _dump(self) -> bytes:
        bodies: list[bytes] = []
        kept = {path: entry for path, entry in self.entries.items() if path in self.kept}
        described = {path: _describe(entry, bodies) for path, entry in kept.items()}
        head = json.dumps({"format": FORMAT, "site": self._site, "entries": described})
        content = b"".join([head.encode(), b"\n", *bodies])
        return content + hashlib.sha256(content).digest()

    def _read(self, raw: bytes) -> dict[str, Entry]:
        content, digest = raw[:-_DIGEST], raw[-_DIGEST:]
        if hashlib.sha256(content).digest() != digest:
            raise ValueError("torn")
        line, _, bodies = content.partition(b"\n")
        head = json.loads(line)
        if (head["format"], head["site"]) != (FORMAT, self._site):
            raise ValueError("foreign")
        stream = BytesIO(bodies)
        return {path: _restore(described, stream) for path, described in head["entries"].items()}


def _write(file: Path, content: bytes) -> None:
    """Its caller holds the lock; what a killed writer has left is overwritten."""
    beside = file.with_name(f"{file.name}.new")
    try:
        with beside.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _describe(entry: Entry, bodies: list[bytes]) -> dict[str, Any]:
    """Appends the entry's bodies; those of all entries follow one another in the order in which they are described."""
    described = []
    for encoding, variant in entry.variants.items():
        described.append([encoding, variant.etag, variant.headers, variant.headers_of_304, len(variant.body)])
        bodies.append(variant.body)
    return {"status": entry.status, "made_at": entry.made_at, "revision": entry.revision, "variants": described}


def _restore(described: dict[str, Any], bodies: BytesIO) -> Entry:
    found = {
        encoding: Variant(bodies.read(length), etag, _pairs(headers), _pairs(headers_of_304))
        for encoding, etag, headers, headers_of_304, length in described["variants"]
    }
    return Entry(described["status"], found, described["made_at"], described["revision"])


def _pairs(headers: list[list[str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers]
