"""What a database does that was put back to where it was: nobody is told again, or of what is long over."""

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.conf import settings

from tests.engines import Engine
from tests.smtp import relaying


def test_what_had_been_sent_when_the_copy_was_made_is_not_sent_again(
    start: Callable[..., Engine], tmp_path: Path
) -> None:
    with relaying() as relay:
        on = start(relay, people=3)
        on.start()
        on.happen("Before")
        on.wait_for(lambda: len(relay.received) == 3 and on.is_done())
        back_up(on, tmp_path)  # while it works
        on.happen("Meanwhile")
        on.wait_for(lambda: len(relay.received) == 6 and on.is_done())
        on.kill()
        restore(on, tmp_path)
        on.start()
        on.happen("Afterwards")
        on.wait_for(lambda: len(relay.received) == 9 and on.is_done())

        assert len({(mail.recipients, str(mail.message["Subject"])) for mail in relay.received}) == 9
        assert on.query("SELECT count(*) FROM incidents_event WHERE notify") == [(2,)]


def test_what_had_been_waiting_for_more_than_six_hours_is_mailed_to_nobody(
    start: Callable[..., Engine], tmp_path: Path
) -> None:
    """Of the two that wait, one had been fanned out; nobody had looked at the other yet."""
    with relaying(BANNER="421 not now") as relay:
        on = start(relay, people=3)
        on.happen("Waiting")
        on.start()
        on.wait_for(lambda: on.count() == 3 and on.has_given_up_the_relay)
        on.kill()
        on.happen("Unseen")
        on.run(_SEVEN_HOURS_LATER)
        back_up(on, tmp_path)
        restore(on, tmp_path)
        relay.answers.clear()
        on.start()
        on.happen("Afterwards")
        on.wait_for(lambda: len(relay.received) == 3 and on.count() == 9 and on.is_done())

        assert all("Afterwards" in str(mail.message["Subject"]) for mail in relay.received)
        assert on.count("state = 'cancelled'") == 6


_SEVEN_HOURS_LATER = """
from datetime import timedelta
from django.db.models import F
from incidents.models import Delivery, Event, Pacing
ago = timedelta(hours=7)
Delivery.objects.update(due_at=F("created_at") - ago, created_at=F("created_at") - ago)
Event.objects.update(due_at=F("due_at") - ago, occurred_at=F("occurred_at") - ago)
Pacing.objects.all().delete()
"""


def back_up(on: Engine, directory: Path) -> None:
    if settings.IS_SQLITE:
        with closing(_sqlite(on)) as live, closing(sqlite3.connect(directory / "copy")) as copy:
            live.backup(copy)
    else:
        _run("pg_dump", "--format=custom", f"--file={directory / 'copy'}", on.environment["DATABASE_URL"])


def restore(on: Engine, directory: Path) -> None:
    if settings.IS_SQLITE:
        with closing(_sqlite(on)) as live, closing(sqlite3.connect(directory / "copy")) as copy:
            copy.backup(live)
    else:
        _run("pg_restore", "--clean", f"--dbname={on.environment['DATABASE_URL']}", str(directory / "copy"))


def _sqlite(on: Engine) -> sqlite3.Connection:
    return sqlite3.connect(on.environment["DATABASE_URL"].removeprefix("sqlite:///"))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
