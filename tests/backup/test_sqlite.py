"""A copy of SQLite that is made while it is written to is one true state, and can be put in its place."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests import server

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has pg_dump")
INCIDENTS = "/api/v1/status/incidents"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    with server.running(Path(tmp_path_factory.mktemp("backup"))) as one:
        yield one


@contextmanager
def writing(site: server.Server) -> Iterator[list[int]]:
    """Four who write without a pause; the statuses of the answers."""
    answers: list[int] = []
    done = threading.Event()

    def write() -> None:
        with site.ops() as ops:
            while not done.is_set():
                given = {"title": "Broken", "severity": "minor", "status": "investigating", "force": True}
                answers.append(ops.post(INCIDENTS, json=given).status_code)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    try:
        yield answers
    finally:
        done.set()
        for writer in writers:
            writer.join()


def ask(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(sql).fetchall()


COUNTED = "SELECT count(*), max(id), (SELECT number FROM incidents_revision) FROM incidents_event"
UNTOLD = "SELECT (SELECT count(*) FROM incidents_incident) - (SELECT count(*) FROM incidents_incidentupdate)"


def test_a_backup_under_load_is_one_state_and_disturbs_nobody(site: server.Server, tmp_path: Path) -> None:
    with writing(site) as answers:
        for number in range(3):
            site.manage("backup", str(tmp_path / f"{number}.sqlite3"))
    assert set(answers) == {201}
    for number in range(3):
        file = tmp_path / f"{number}.sqlite3"
        assert ask(file, "PRAGMA integrity_check") == [("ok",)]
        ((events, last, revision),) = ask(file, COUNTED)
        assert events == last == revision
        assert ask(file, UNTOLD) == [(0,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.sqlite3", "1.sqlite3", "2.sqlite3"]


def test_a_backup_put_in_its_place_serves(site: server.Server, tmp_path: Path) -> None:
    with site.ops() as ops:
        given = {"title": "Before the backup", "severity": "minor", "status": "investigating", "force": True}
        assert ops.post(INCIDENTS, json=given).status_code == 201
    site.manage("backup", str(tmp_path / "backup.sqlite3"))
    shutil.copy(tmp_path / "backup.sqlite3", tmp_path / "status.sqlite3")
    told = {"DATABASE_URL": f"sqlite:///{tmp_path / 'status.sqlite3'}", "PUBLISHED_DIR": str(tmp_path / "published")}
    server.manage({**site.environment, **told}, "after_restore")
    address = f"http://127.0.0.1:{server.free_port()}"
    restored = {**site.environment, **told, "SITE_URL": address}
    with server.serving(restored, tmp_path / "log", "statussite.wsgi") as again, again.client() as client:
        assert "Before the backup" in client.get("/").text


def test_a_backup_that_cannot_be_written_fails_and_leaves_the_earlier_one(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No backup was made"):
        call_command("backup", tmp_path / "missing" / "backup.sqlite3")
