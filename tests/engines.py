"""Workers as they really run, on a database of their own: `manage.py worker`, or Celery with a Redis of its own."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.server import ROOT, Server, database, free_port, manage
from tests.waiting import eventually

EMBEDDED, CELERY = "embedded", "celery"
SENDERS = {EMBEDDED: 10, CELERY: 4}  # for mail, and so the most messages that one kill may have sent twice
_CELERY = ["-m", "celery", "--app", "statussite.celery", "worker", "--concurrency", str(SENDERS[CELERY])]
_CELERY += ["--loglevel", "INFO"]
_COMMANDS = {EMBEDDED: ["manage.py", "worker"], CELERY: _CELERY}

EACH_KIND = (EMBEDDED, pytest.param(CELERY, marks=[pytest.mark.postgres, pytest.mark.redis]))
EACH_ENGINE = pytest.mark.parametrize("kind", EACH_KIND)

_PEOPLE = """
from tests.notify.situations import rows
rows(f"ann{{n}}@example.com" for n in range({count}))
"""
_INCIDENT = """
from incidents.models import Actor, Incident
Incident.open(by=Actor("ops", "test"), title={title!r}, severity="minor", status="investigating", force=True)
"""
_UPDATE = """
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident
Incident.objects.get().post_update(by=Actor("ops", "test"), status=IncidentStatus("investigating"), message={message!r})
"""


@dataclass
class Engine:
    """`environment` is that of the workers, and of whatever else has to do with their database."""

    kind: str
    directory: Path
    environment: dict[str, str]
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, *options: str, sweeps: bool = True) -> "subprocess.Popen[bytes]":
        beat = ["--beat"] if sweeps and self.kind == CELERY else []
        with (self.directory / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, *_COMMANDS[self.kind], *beat, *options],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def stop(self, worker: "subprocess.Popen[bytes]") -> None:
        """Until SIGCONT; not in the middle of a change, whose locks would stop everybody else too."""
        with self._database.nobody_writing("incidents_delivery"):
            os.killpg(worker.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """Every process of every worker, at once."""
        for worker in self.workers:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(20)
        self.workers.clear()

    def has_people(self, count: int) -> None:
        """ann0@example.com and so on, who want every mail."""
        self.run(_PEOPLE.format(count=count))

    def happen(self, title: str = "Broken", and_then: str = "") -> None:
        self.run(_INCIDENT.format(title=title) + and_then)

    def post_update(self, message: str) -> None:
        """Of the only incident."""
        self.run(_UPDATE.format(message=message))

    @property
    def log(self) -> str:
        return (self.directory / "worker.log").read_text()

    def run(self, code: str) -> str:
        return manage(self.environment, "shell", "-v0", "-c", code)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self._database.query(sql)

    def execute(self, sql: str) -> None:
        self._database.execute(sql)

    @property
    def _database(self) -> Server:
        return Server("", self.environment, 0)

    def count(self, where: str = "1 = 1") -> int:
        """Deliveries."""
        ((found,),) = self.query(f"SELECT count(*) FROM incidents_delivery WHERE {where}")
        return int(found)

    def is_done(self) -> bool:
        return self.count("finished_at IS NULL") == 0

    def expire(self) -> None:
        """Instead of waiting for the leases of the killed to end."""
        self.execute("UPDATE incidents_delivery SET lease_until = created_at WHERE lease_until IS NOT NULL")

    def hurry(self, where: str = "1 = 1") -> None:
        """Instead of waiting until what failed is tried again."""
        self.execute(f"UPDATE incidents_delivery SET due_at = created_at WHERE state = 'retry' AND {where}")

    @property
    def has_given_up_the_relay(self) -> bool:
        """For a while; no message is in anybody's hands."""
        is_down = self.query("SELECT lane FROM incidents_pacing WHERE lane = 'mail' AND failures > 0")
        return bool(is_down) and not self.count("lane = 'mail' AND lease_until IS NOT NULL")

    def try_the_relay(self) -> None:
        """Instead of waiting until it is tried again."""
        self.execute("UPDATE incidents_pacing SET paused_until = NULL")
        self.execute("UPDATE incidents_delivery SET due_at = created_at WHERE state IN ('pending', 'retry')")

    def wait_for(self, condition: Callable[[], bool], seconds: float = 120, every: float = 0.05) -> None:
        eventually(condition, within=seconds, every=every, told=lambda: self.log[-3000:])


@contextmanager
def engine(kind: str, directory: Path, **variables: str) -> Iterator[Engine]:
    """On a migrated database, with nobody at work yet. Nothing is held, and no rate limits it."""
    with ExitStack() as stack:
        if kind == CELERY:
            variables["CELERY_BROKER_URL"] = stack.enter_context(broker(directory))
        environment = {
            **os.environ,
            "DATABASE_URL": stack.enter_context(database(directory)),
            "DEBUG": "false",
            "DJANGO_SETTINGS_MODULE": "statussite.settings",
            "HOOKS_PER_SECOND": "0",
            "LOG_FORMAT": "console",
            "MAILS_PER_SECOND": "0",
            "NOTIFICATION_HOLD": "0",
            "PUBLISHED_DIR": str(directory / "published"),
            "PYTHONUNBUFFERED": "1",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "WEBHOOK_ALLOW_HTTP": "true",
            "WEBHOOK_ALLOW_PRIVATE": "127.0.0.0/8",
            **variables,
        }
        manage(environment, "migrate", "-v0")
        found = Engine(kind, directory, environment)
        stack.callback(found.kill)
        yield found


@contextmanager
def broker(directory: Path) -> Iterator[str]:
    program, port = shutil.which("redis-server"), free_port()
    assert program, "redis-server was not found"
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with redis.Redis.from_url(url) as client:
            eventually(lambda: _answers(client))
        yield url
    finally:
        process.kill()
        process.wait(10)


def _answers(client: redis.Redis) -> bool:
    with suppress(redis.ConnectionError):
        return bool(client.ping())
    return False
