"""What docs/backup.md says about PostgreSQL, done."""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from tests import server
from tests.server import ROOT, Server, manage

pytestmark = [pytest.mark.postgres, pytest.mark.skipif(not shutil.which("pg_dump"), reason="needs pg_dump")]
PAGE = (ROOT / "docs" / "backup.md").read_text()

WRITE = """
from django.contrib.auth.models import User
from incidents.models import Actor, Service
Service.add(by=Actor("ops", "test"), slug="new", name="New")
User.objects.create_user("new")
"""


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two empty ones."""
    with ExitStack() as stack:
        yield stack.enter_context(server.database(tmp_path)), stack.enter_context(server.database(tmp_path))


def documented(program: str) -> str:
    (line,) = re.findall(rf"^{program} .*$", PAGE, re.MULTILINE)
    return str(line).partition("  #")[0]


def told(url: str, directory: Path) -> dict[str, str]:
    own = {"DATABASE_URL": url, "SECRET_KEY": secrets.token_urlsafe(50), "PUBLISHED_DIR": str(directory / "published")}
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "statussite.settings", **own}


def facts(environment: dict[str, str]) -> list[tuple[object, ...]]:
    tables = ("incident", "incidentupdate", "event", "impact", "auditentry", "service", "delivery", "subscription")
    counts = ", ".join(f"(SELECT count(*) FROM incidents_{table})" for table in tables)
    return Server("", environment, 0).query(f"SELECT {counts}, (SELECT number FROM incidents_revision)")


def run(command: str, environment: dict[str, str], directory: Path) -> None:
    done = subprocess.run(["sh", "-ec", command], env=environment, cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_dump_is_restored_into_another_database(databases: tuple[str, str], tmp_path: Path) -> None:
    first, second = (told(url, tmp_path) for url in databases)
    manage(first, "migrate", "-v0")
    manage(first, "demo")
    run(documented("pg_dump"), first, tmp_path)
    run(documented("pg_restore"), second, tmp_path)
    assert facts(second) == facts(first)
    assert "no issues" in manage(second, "check", "--database", "default")
    run(documented("pg_restore"), second, tmp_path)  # over what is there
    assert facts(second) == facts(first)


def test_everything_moves_from_sqlite(databases: tuple[str, str], tmp_path: Path) -> None:
    file = tmp_path / "status.sqlite3"
    before, after = told(f"sqlite:///{file}", tmp_path), told(databases[0], tmp_path)
    manage(before, "migrate", "-v0")
    manage(before, "demo")
    manage(after, "migrate", "-v0")
    assert "rows of" in manage(after, "move_from_sqlite", str(file))
    assert facts(after) == facts(before)
    written = "from incidents.models import *; Service.add(by=Actor('x', 'test'), slug='new', name='New')"
    manage(
        after,
        "shell",
        "-v0",
        "-c",
        f"{written}; from django.contrib.auth.models import User; User.objects.create_user('new')",
    )
    assert facts(after) != facts(before)
    with pytest.raises(AssertionError, match="The database is not empty"):
        manage(after, "move_from_sqlite", str(file))


def test_a_move_from_an_older_version_is_refused(databases: tuple[str, str], tmp_path: Path) -> None:
    file = tmp_path / "status.sqlite3"
    before, after = told(f"sqlite:///{file}", tmp_path), told(databases[0], tmp_path)
    manage(before, "migrate", "-v0", "incidents", "0013")
    manage(after, "migrate", "-v0")
    with pytest.raises(AssertionError, match="not of one version"):
        manage(after, "move_from_sqlite", str(file))


def test_a_migration_that_would_keep_others_waiting_gives_up_and_can_be_run_again(
    databases: tuple[str, str], tmp_path: Path
) -> None:
    environment = told(databases[0], tmp_path)
    manage(environment, "migrate", "-v0", "incidents", "0013")
    with psycopg.connect(databases[0]) as reader:
        reader.execute("LOCK TABLE incidents_incidentupdate IN ACCESS SHARE MODE")
        with pytest.raises(AssertionError, match="lock timeout"):
            manage(environment, "migrate", "-v0")
    manage(environment, "migrate", "-v0")
    assert "[X] 0014" in manage(environment, "showmigrations", "incidents")


def test_sqlites_backup_refers_to_pg_dump(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="pg_dump"):
        call_command("backup", tmp_path / "backup")
