"""F25, F26: the next version takes over from this one, part by part, while people read and write.

The next version is this one with one migration more, of all that a migration may do: so the schema of the one that runs
is not the one it was written for, whatever the history of the checkout holds.
"""

import re
import time
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.conftest import READERS, SECONDS
from tests.cluster.parts import SetUp, is_ready
from tests.cluster.people import Writer, at_work, reading, writing
from tests.cluster.test_cluster import assert_each_word_is_there_once, goes_on
from tests.server import Server
from tests.test_expand_only import ours
from tests.waiting import eventually

pytestmark = [pytest.mark.nginx, pytest.mark.postgres, pytest.mark.redis]

SETTINGS = """
from statussite.settings import *
MIGRATION_MODULES = {"incidents": "next_version.migrations"}
"""
ALL_OF_THIS_VERSION = """
from incidents.migrations import __path__ as these
__path__ += list(these)
"""
ONE_MORE = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("incidents", "LATEST")]
    operations = [
        migrations.AddField("incident", "next_flag", models.BooleanField(db_default=False)),
        migrations.AddField("incidentupdate", "next_words", models.TextField(null=True)),
        migrations.AddField("service", "next_number", models.IntegerField(db_default=0)),
        migrations.AddField("event", "next_payload", models.JSONField(db_default={})),
        migrations.AddField("delivery", "next_time", models.DateTimeField(null=True)),
        migrations.CreateModel("NextThing", [
            ("id", models.BigAutoField(primary_key=True)),
            ("incident", models.ForeignKey("incidents.incident", models.CASCADE)),
        ]),
        migrations.AddIndex("incidentupdate", models.Index(fields=["created_at"], name="next_index")),
    ]
"""


@pytest.fixture
def next_version(set_up: SetUp, tmp_path: Path) -> dict[str, str]:
    """The environment in which it runs."""
    package = tmp_path / "versions" / "next_version"
    (package / "migrations").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "settings.py").write_text(SETTINGS)
    (package / "migrations" / "__init__.py").write_text(ALL_OF_THIS_VERSION)
    (package / "migrations" / "9999_next.py").write_text(ONE_MORE.replace("LATEST", ours()[-1].name))
    return {"DJANGO_SETTINGS_MODULE": "next_version.settings", "PYTHONPATH": str(package.parent)}


def is_migrated(next_version: Server) -> bool:
    """A migration that gets in the way of a writer gives up, and is run again."""
    try:
        next_version.manage("migrate", "-v0")
    except AssertionError as refused:
        if not re.search("lock timeout|deadlock detected", str(refused)):
            raise
        return False
    return True


def take_over(set_up: SetUp, next_version: dict[str, str]) -> None:
    """As docs/backup.md has it: migrate, then replace one after the other."""
    eventually(partial(is_migrated, Server("", {**set_up.environment, **next_version}, 0)), within=60)
    time.sleep(SECONDS / 5)
    for name in ("worker1", "worker2", "beat1", "beat2", "web1", "web2"):
        part = set_up.parts[name]
        part.stop()
        part.environment = {**part.environment, **next_version}
        part.start()
        if name.startswith("web"):
            eventually(partial(is_ready, set_up.webs[int(name[-1]) - 1]), within=90)
    time.sleep(SECONDS / 5)


def test_nobody_notices_that_a_new_version_takes_over(
    set_up: SetUp, writers: list[Writer], next_version: dict[str, str]
) -> None:
    story = writers[0].incident
    from_files = ["/", "/history.rss", f"/incidents/{story}/", "/api/v2/summary.json"]
    from_the_app = ["/api/v1/status/overview", f"/api/v1/status/incidents/{story}"]
    pages = from_files + from_the_app
    with set_up.front.client() as client:
        eventually(lambda: all(client.get(path).status_code == 200 for path in pages), within=60)
    unread: list[str] = []
    unwritten: list[str] = []
    looks: list[int] = []
    readers = [reading(set_up.front, pages, unread, looks) for _ in range(READERS)]
    with at_work(*(writing(writer, unwritten) for writer in writers), *readers):
        time.sleep(SECONDS / 5)
        take_over(set_up, next_version)
        for writer in writers:
            eventually(partial(goes_on, writer, len(writer.taken), unwritten), within=60)
    assert (unread, unwritten) == ([], [])
    assert len(looks) > READERS
    assert set_up.query("SELECT count(*) FROM django_migrations WHERE name = '9999_next'") == [(1,)]
    assert_each_word_is_there_once(set_up, writers)
