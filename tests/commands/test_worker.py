"""The worker: its loop in here, and as the process that it is, on a database of its own."""

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError

from incidents.jobs import Job, run_all
from incidents.management.commands import worker as command
from incidents.models import MaintenanceWindow
from tests.server import ROOT, database, manage

_SCHEDULE = """
from datetime import timedelta
from django.utils import timezone
from incidents.models import Actor, MaintenanceWindow
now = timezone.now()
MaintenanceWindow.schedule(by=Actor("ops", "test"), title="Upgrade", now=now - timedelta(hours=1),
    scheduled_start_at=now - timedelta(minutes=1), scheduled_end_at=now + timedelta(hours=1))
"""
_STATUS = "from incidents.models import MaintenanceWindow as M; print(*M.objects.values_list('status', flat=True))"


@pytest.fixture
def environment(tmp_path: Path, socket_enabled: None) -> Iterator[dict[str, str]]:
    with database(tmp_path) as url:
        found = {
            **os.environ,
            "DATABASE_URL": url,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "LOG_FORMAT": "console",
            "PYTHONUNBUFFERED": "1",
        }
        manage(found, "migrate", "-v0")
        yield found


@contextmanager
def worker(environment: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


def wait_for(text: str, log: Path, seconds: float = 20) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=seconds)
    while text not in log.read_text():
        assert datetime.now(UTC) < deadline, log.read_text()
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(environment: dict[str, str], tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "worker.log"
    with worker(environment, log) as process:
        wait_for("has started", log)
        process.send_signal(number)

        assert process.wait(20) == 0
    assert "has stopped" in log.read_text()


def test_web_processes_on_the_same_machine_come_first(environment: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with worker(environment, log) as process:
        wait_for("has started", log)

        assert niceness(process.pid) == min(niceness(0) + command.NICENESS, 19)


def niceness(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


def test_it_starts_maintenance_that_is_due(environment: dict[str, str]) -> None:
    manage(environment, "shell", "-v0", "-c", _SCHEDULE)

    manage(environment, "worker", "--once")

    assert manage(environment, "shell", "-v0", "-c", _STATUS).strip() == "in_progress"


def test_a_failing_database_does_not_end_it(environment: dict[str, str], tmp_path: Path) -> None:
    nowhere = {**environment, "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}"}
    log = tmp_path / "worker.log"
    with worker(nowhere, log) as process:
        wait_for("A pass failed", log)

        assert process.poll() is None
        process.terminate()
        assert process.wait(20) == 0


class Passes(threading.Event):
    """Stops the loop after so many passes, and remembers how long it wanted to wait after each."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.pauses: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        if len(self.pauses) == self.count:
            self.set()
        return self.is_set()


def fails(now: datetime) -> bool:
    raise OperationalError("the database is away")


@pytest.fixture
def due(window: Callable[..., MaintenanceWindow]) -> MaintenanceWindow:
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    return window(now=now - 2 * hour, scheduled_start_at=now - hour, scheduled_end_at=now + hour)


def test_a_pass_starts_what_is_due(due: MaintenanceWindow) -> None:
    passes = Passes(1)

    command.run_until(passes)

    due.refresh_from_db()
    assert (due.status, passes.pauses) == ("in_progress", [1])


def test_once_does_all_that_is_due(due: MaintenanceWindow) -> None:
    call_command("worker", "--once")

    due.refresh_from_db()
    assert due.status == "in_progress"


def test_pauses_grow_up_to_half_a_minute_while_the_database_fails(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = Passes(7)
    monkeypatch.setattr(command, "JOBS", (Job("fails", fails),))

    command.run_until(passes)

    assert passes.pauses == [2, 4, 8, 16, 30, 30, 30]


def test_every_job_has_its_turn_though_an_earlier_one_had_work(db: None) -> None:
    seen: list[str] = []

    def seeing(name: str, worked: bool) -> Job:
        def function(_: datetime) -> bool:
            seen.append(name)
            return worked

        return Job(name, function)

    assert run_all((seeing("first", True), seeing("second", False)))
    assert seen == ["first", "second"]
