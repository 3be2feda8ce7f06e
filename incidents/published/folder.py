"""A directory that holds the site as files: each beside its compressed variants, whole or not there."""

import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

MARK = ".statussite"  # tells that the directory is ours; a web server does not serve it
SUFFIXES = {"": "", "gzip": ".gz", "br": ".br"}
INDEX = "index.html"


class NotOurs(Exception):
    """What is in the directory was not written by us, or somebody else is writing it now."""


class Folder:
    """All of `root` is ours, but for names at its top that begin with a dot: `.git` and `.well-known` stay."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Ours alone for as long as the block lasts."""
        self._root.mkdir(parents=True, exist_ok=True)
        mark = self._root / MARK
        if not mark.exists() and any(self._visible()):
            raise NotOurs(f"{self._root} holds files that this command did not write. Name an empty directory.")
        with mark.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise NotOurs(f"{self._root} is being written by another process.") from None
            yield

    def confirm(self) -> None:
        """What is here holds now."""
        os.utime(self._root / MARK, (time.time(), time.time()))

    @property
    def confirmed_at(self) -> float:
        """Seconds since the epoch."""
        return (self._root / MARK).stat().st_mtime

    def read(self, name: str) -> bytes | None:
        try:
            return (self._root / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, name: str, body: bytes, encoded: Callable[[bytes], Mapping[str, bytes]]) -> bool:
        """Whether anything was written; `encoded` is asked only then. The plain file is the last: once it is there,
        so are the others."""
        if self.read(name) == body:
            return False
        file, bodies = self._root / name, encoded(body)
        file.parent.mkdir(parents=True, exist_ok=True)
        for encoding in reversed(SUFFIXES):
            place = file.with_name(file.name + SUFFIXES[encoding])
            if encoding in bodies:
                _replace(place, bodies[encoding])
            else:
                place.unlink(missing_ok=True)
        return True

    def remove(self, name: str) -> None:
        """The variants first: without its plain file, one may still be served."""
        for suffix in reversed(SUFFIXES.values()):
            (self._root / f"{name}{suffix}").unlink(missing_ok=True)
        self._tidy((self._root / name).parent)

    def keep_only(self, names: Iterable[str]) -> int:
        """Removes everything else, and says how many files that were."""
        kept = {f"{name}{suffix}" for name in names for suffix in SUFFIXES.values()}
        gone = [file for file in self._files() if file.relative_to(self._root).as_posix() not in kept]
        for file in gone:
            file.unlink(missing_ok=True)
            self._tidy(file.parent)
        return len(gone)

    def names(self) -> Iterator[str]:
        """Of the plain files."""
        for file in self._files():
            if not file.name.endswith((".gz", ".br")):
                yield file.relative_to(self._root).as_posix()

    def _visible(self) -> Iterator[Path]:
        return (there for there in self._root.iterdir() if not there.name.startswith("."))

    def _files(self) -> Iterator[Path]:
        for there in list(self._visible()):
            for directory, _, names in os.walk(there):
                yield from (Path(directory, name) for name in names)
            if there.is_file():
                yield there

    def _tidy(self, directory: Path) -> None:
        """An empty directory would tell that there was something."""
        with suppress(OSError):  # not empty, or not there
            while directory != self._root:
                directory.rmdir()
                directory = directory.parent


def name_of(path: str) -> str:
    """`/history/` → `history/index.html`, `/history.rss` → `history.rss`."""
    return f"{path}{INDEX}".lstrip("/") if path.endswith("/") else path.lstrip("/")


def path_of(name: str) -> str:
    return "/" + (name.removesuffix(INDEX) if name == INDEX or name.endswith(f"/{INDEX}") else name)


def _replace(file: Path, content: bytes) -> None:
    """Web servers make ETags of a time in seconds and a size, so each content has a second of its own."""
    beside = file.with_name(f".{file.name}.new")
    beside.write_bytes(content)
    written = int(beside.stat().st_mtime)
    before = int(file.stat().st_mtime) if file.exists() else 0
    if before >= written:
        os.utime(beside, (before + 1, before + 1))
    beside.replace(file)
