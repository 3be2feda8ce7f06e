"""The file that survives the process: whole and ours, or not there."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from incidents.published import store as module
from incidents.published.store import Store
from tests.published.conftest import page


def file_of(store: Store) -> Path:
    return store._file


@pytest.fixture
def saved(store: Store) -> Store:
    store.kept = dict.fromkeys(["/", "/history/"])
    store.hold("/", page(b"home", gzip=b"\n\0zipped"))
    store.hold("/history/", page(b"history", revision=7))
    store.hold("/incidents/rare/", page(b"rare"))
    assert store.save()
    return store


def again(store: Store, site: str = "ours") -> Store:
    return Store(file_of(store), site)


def test_what_is_kept_comes_back_as_it_was(saved: Store) -> None:
    restarted = again(saved)
    assert restarted.load()
    assert restarted.entries == {path: saved.entries[path] for path in ("/", "/history/")}


def test_nothing_is_loaded_where_there_is_no_file(store: Store) -> None:
    assert (store.load(), store.entries) == (False, {})


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 100, -1])
def test_a_torn_file_is_ignored(saved: Store, length: int) -> None:
    file_of(saved).write_bytes(file_of(saved).read_bytes()[:length])
    restarted = again(saved)
    assert (restarted.load(), restarted.entries) == (False, {})


@pytest.mark.parametrize("at", [0, 50, 200, -40, -1])
def test_a_corrupt_file_is_ignored(saved: Store, at: int) -> None:
    content = bytearray(file_of(saved).read_bytes())
    content[at] ^= 1
    file_of(saved).write_bytes(content)
    assert not again(saved).load()


def test_the_file_of_another_site_is_ignored(saved: Store) -> None:
    assert not again(saved, "theirs").load()


def test_the_file_of_another_format_is_ignored(saved: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FORMAT", "published pages 0")
    assert not again(saved).load()


def test_a_whole_file_of_nonsense_is_ignored(store: Store) -> None:
    import hashlib

    file_of(store).parent.mkdir()
    for content in (b"", b"[]\n", b"null\n", b'{"format": 1}\n', b"\xff\n"):
        file_of(store).write_bytes(content + hashlib.sha256(content).digest())
        assert not again(store).load()


def test_a_failed_write_leaves_the_previous_file(saved: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    saved.hold("/", page(b"newer"))
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("No space left on device")))
    with pytest.raises(OSError, match="No space"):
        saved.save()
    restarted = again(saved)
    assert restarted.load()
    assert restarted.entries["/"].variants[""].body == b"home"
    assert sorted(path.name for path in file_of(saved).parent.iterdir()) == ["lock", "pages"]


def test_a_writer_killed_halfway_leaves_the_previous_file(saved: Store) -> None:
    """It is stopped where all is written but not in its place yet; the next writer is not in its way."""
    script = f"""
import os, signal
from pathlib import Path
from incidents.published.store import Store
store = Store(Path({str(file_of(saved))!r}), "ours")
store.load()
store.kept = dict.fromkeys(store.entries)
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
store.save()
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    assert killed.returncode == -signal.SIGKILL
    assert file_of(saved).with_name("pages.new").exists()
    assert again(saved).load()
    assert saved.save()
    assert not file_of(saved).with_name("pages.new").exists()


def test_two_processes_do_not_write_at_once(saved: Store) -> None:
    with file_of(saved).with_name("lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not saved.save()
    assert saved.save()


def test_what_is_erased_is_gone_from_the_disk(saved: Store) -> None:
    saved.erase()
    saved.erase()
    assert not again(saved).load()


# Memory


def test_rare_pages_make_room_for_newer_ones(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_RARE_BYTES", 50)
    store.kept = {"/": None}
    store.hold("/", page(b"x" * 100, age=1000))
    for age in range(9, 0, -1):
        store.hold(f"/{age}", page(b"x" * 10, age=age))
    assert sorted(store.entries) == ["/", "/1", "/2", "/3", "/4", "/5"]


def test_a_page_of_another_revision_is_not_current(store: Store) -> None:
    store.outdate(2)
    assert store.is_current(page(revision=2))
    assert not store.is_current(page(revision=1))


@pytest.mark.parametrize("age", [61, 10_000, -3600])
def test_a_page_of_another_time_is_not_current(store: Store, age: float) -> None:
    """Neither an old one, nor one of a clock that was ahead."""
    store.outdate(1)
    assert not store.is_current(page(age=age))


def test_the_database_vouches_for_what_is_held_until_it_falls_silent(tmp_path: Path) -> None:
    now = time.monotonic()
    store = Store(tmp_path / "pages", "ours", clock=lambda: now)
    store.confirm()
    now += 7
    assert store.unconfirmed_for == pytest.approx(7)
