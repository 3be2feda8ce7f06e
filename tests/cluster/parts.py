"""The whole set-up for more than one machine, on this one: each part a process that may be killed and started again."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from tests.faults.cluster import Cluster, cluster
from tests.nginx.conftest import nginx, publishing
from tests.server import CONFIG, ROOT, Server, free_port, prepare, static_files
from tests.smtp import Relay, relaying
from tests.waiting import eventually

_CELERY = [sys.executable, "-m", "celery", "--app", "statussite.celery"]


@dataclass
class Part:
    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )

    def stop(self) -> None:
        """As whoever replaces it does."""
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(90) == 0, self.name

    def kill(self) -> None:
        """Every process of it, at once."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)


@dataclass
class SetUp:
    front: Server
    webs: list[Server]
    parts: dict[str, Part]
    database: Cluster
    relay: Relay
    environment: dict[str, str] = field(default_factory=dict)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return Server("", self.environment, 0).query(sql)


@contextmanager
def everything(directory: Path, people: list[str]) -> Iterator[SetUp]:
    """nginx, its publisher, two webs, two workers, two beats, PostgreSQL, Redis and a mail relay; with subscribers."""
    with ExitStack() as stack:
        database, relay = stack.enter_context(cluster()), stack.enter_context(relaying())
        redis_port, ports = free_port(), [free_port(), free_port()]
        environment = _environment(directory, database.url, redis_port, relay.url)
        prepare(environment)
        parts = {part.name: part for part in _parts(directory, environment, redis_port, ports)}
        for part in parts.values():
            stack.callback(part.kill)
            part.start()
        webs = [Server(f"http://127.0.0.1:{port}", environment, 0) for port in ports]
        for web in webs:
            eventually(partial(is_ready, web), within=90)
        Server("", environment, 0).manage("shell", "-v0", "-c", _PEOPLE.format(people=people))
        files = directory / "files"
        stack.enter_context(publishing(webs[0], files))
        both = f"{ports[0]} max_fails=0; server 127.0.0.1:{ports[1]}"
        front = stack.enter_context(nginx(directory / "etc", files=files, app_at=both))
        yield SetUp(Server(front.url, environment, 0), webs, parts, database, relay, environment)


_PEOPLE = """
from tests.notify.situations import rows
rows({people!r})
"""


def _environment(directory: Path, database: str, redis_port: int, relay: str) -> dict[str, str]:
    return {
        **os.environ,
        "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis_port}/1",
        "DATABASE_URL": database,
        "DEBUG": "false",
        "DJANGO_SETTINGS_MODULE": "statussite.settings",
        "EMAIL_URL": relay,
        "MAILS_PER_SECOND": "0",
        "NOTIFICATION_HOLD": "0",
        "PUBLISHED_DIR": str(directory / "published"),
        "RATE_LIMITS": "false",
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SITE_URL": "http://127.0.0.1",
        "STATIC_ROOT": static_files().name,
        "TRUSTED_PROXIES": "1",
    }


def _parts(directory: Path, environment: dict[str, str], redis_port: int, ports: list[int]) -> Iterator[Part]:
    redis = ["--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    yield Part("redis", [shutil.which("redis-server") or "", *redis], environment, directory / "redis.log")
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", str(CONFIG), "--log-level", "warning"]
    for n in (1, 2):
        bind = ["--bind", f"127.0.0.1:{ports[n - 1]}"]
        own = {**environment, "PUBLISHED_DIR": str(directory / f"published{n}")}
        yield Part(f"web{n}", [*gunicorn, *bind, "statussite.wsgi"], own, directory / f"web{n}.log")
    for n in (1, 2):
        worker = [*_CELERY, "worker", "--concurrency", "2", "--hostname", f"worker{n}@here"]
        yield Part(f"worker{n}", worker, environment, directory / f"worker{n}.log")
        yield Part(f"beat{n}", [*_CELERY, "beat", "--pidfile="], environment, directory / f"beat{n}.log")


def is_ready(web: Server) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{web.url}/readyz", trust_env=False, timeout=10).status_code == 200
    return False
