"""F06, F29, F30: what is on the disk is whole or not there, and enough to start with."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests import server
from tests.faults.cluster import Cluster, cluster
from tests.faults.product import RECOVERY, WSGI, Product, fails_cleanly, home_on_disk, product
from tests.faults.visitors import look, visiting
from tests.waiting import eventually

ROOM = 60_000_000  # bytes


@contextmanager
def small_disk(directory: Path) -> Iterator[Path]:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", directory], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"\0" * 4096)
        except OSError:
            return filler


def comes_to_the_disk(site: Product, words: bytes) -> None:
    eventually(lambda: words in home_on_disk(site), within=RECOVERY)


def test_a_full_disk_keeps_visitors_and_recovers(tmp_path: Path) -> None:
    """On SQLite the database is on it too, so that writes fail."""
    with small_disk(tmp_path) as disk, product(disk) as site:
        comes_to_the_disk(site, b"Slow answers")
        filler = fill(disk)
        with visiting(site.server, site.paths) as seen:
            if settings.IS_SQLITE:
                fails_cleanly(site.write, (500,))
            else:
                site.edit("Other answers")
                site.everywhere(lambda seen: b"Other answers" in seen.body, within=3)
            time.sleep(2)
        assert seen.failures == set()
        assert b"Slow answers" in home_on_disk(site)  # the last good one, and whole
        filler.unlink()
        site.edit("Better answers")
        site.everywhere(lambda seen: b"Better answers" in seen.body, within=5)
        comes_to_the_disk(site, b"Better answers")


# Starting without a database


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    with cluster() as one:
        yield one


@pytest.fixture(scope="module")
def stopped(database: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Product:
    """It has run before, and so has its database; now neither does."""
    with product(Path(tmp_path_factory.mktemp("cold")), variables={"DATABASE_URL": database.url}) as site:
        comes_to_the_disk(site, b"Slow answers")
    database.stop()
    return site


@contextmanager
def restarted(stopped: Product) -> Iterator[Product]:
    log = stopped.directory / "gunicorn.log"
    with server.serving(stopped.server.environment, log, WSGI, "--workers", "2", "--threads", "8") as running:
        yield Product(running, stopped.directory, stopped.token, stopped.incident)


@pytest.mark.postgres
def test_a_start_without_the_database_shows_the_pages_of_the_disk(stopped: Product, database: Cluster) -> None:
    with restarted(stopped) as site:
        with visiting(site.server, [path for path in site.paths if "/2026/01/" not in path]) as seen:
            time.sleep(4)
            aged = look(site.server, "/")
            rare = look(site.server, "/history/2026/01/")
        assert seen.failures == set()
        assert int(aged.age or 0) >= 3
        assert b"We cannot renew this page" in aged.body
        assert b"Slow answers" in aged.body
        assert rare.status == 503
        database.start()
        try:
            site.is_fresh()
            assert look(site.server, "/history/2026/01/").status == 200
        finally:
            database.stop()


@pytest.mark.postgres
@pytest.mark.parametrize("damage", ["missing", "truncated", "overwritten"])
def test_a_start_without_database_and_pages_says_when_to_come_again(
    stopped: Product, database: Cluster, damage: str
) -> None:
    file = stopped.directory / "published" / "pages"
    whole = file.read_bytes()
    half = whole[: len(whole) // 2]
    try:
        file.write_bytes({"missing": b"", "truncated": half, "overwritten": half + bytes(len(half))}[damage])
        if damage == "missing":
            file.unlink()
        with restarted(stopped) as site, site.server.client() as client:
            answers = [client.get(path) for path in site.paths]
            assert {answer.status_code for answer in answers} == {503}
            assert {answer.headers["Retry-After"] for answer in answers} == {"30"}
            assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
            if damage == "truncated":
                database.start()
                site.is_fresh()
                comes_to_the_disk(site, b"Slow answers")
    finally:
        if damage == "truncated":
            database.stop()
        file.write_bytes(whole)
