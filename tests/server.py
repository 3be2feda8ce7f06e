"""The product as it really runs: gunicorn in a process of its own, on a private database of the configured kind."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "statussite" / "gunicorn.py"
PASSWORD = "correct horse battery staple"
WITHOUT_REDIS = {"REDIS_URL": "redis://127.0.0.1:1/0", "RATE_LIMITS": "true"}  # it is set, but nobody listens there


@dataclass(frozen=True)
class Server:
    url: str
    environment: dict[str, str]
    pid: int

    def manage(self, *arguments: str) -> str:
        return manage(self.environment, *arguments)

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)

    def token(self) -> str:
        """An access token of the ops user that the server was started with."""
        with self.client() as client:
            answer = client.post("/api/v1/auth/token", json={"username": "ops", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access"])

    def ops(self) -> httpx.Client:
        return self.client(Authorization=f"Bearer {self.token()}")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Asks the server's database directly."""
        with closing(_connect(self.environment["DATABASE_URL"])) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def execute(self, sql: str) -> None:
        with closing(_connect(self.environment["DATABASE_URL"])) as connection:
            connection.execute(sql)
            connection.commit()

    @contextmanager
    def nobody_writing(self, table: str) -> Iterator[None]:
        """Nobody is in the middle of a change of the table."""
        with closing(_connect(self.environment["DATABASE_URL"])) as connection:
            is_sqlite = self.environment["DATABASE_URL"].startswith("sqlite:")
            connection.execute("BEGIN IMMEDIATE" if is_sqlite else f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            yield


@contextmanager
def running(
    directory: Path,
    *,
    threads: int = 8,
    workers: int = 1,
    app: str = "statussite.wsgi",
    options: tuple[str, ...] = (),
    before: tuple[str, ...] = (),
    **variables: str,
) -> Iterator[Server]:
    """Migrates a fresh database, adds an ops user and serves; both are gone afterwards. Rate limits only on request.
    `before` stands before the command, as `prlimit` does."""
    with ExitStack() as stack:
        url = variables.get("DATABASE_URL") or stack.enter_context(database(directory))
        port = free_port()
        environment = {
            **{
                name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"
            },  # Playwright's
            "DATABASE_URL": url,
            "DEBUG": "false",
            "DJANGO_SETTINGS_MODULE": "statussite.settings",
            "PUBLISHED_DIR": str(directory / "published"),
            "RATE_LIMITS": "false",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "SITE_URL": f"http://127.0.0.1:{port}",
            **variables,
        }
        environment["STATIC_ROOT"] = static_files().name
        prepare(environment)
        size = ["--threads", str(threads), "--workers", str(workers)]
        with serving(environment, directory / "gunicorn.log", app, *size, *options, before=before) as server:
            yield server


@contextmanager
def serving(
    environment: dict[str, str], log: Path, app: str, *options: str, before: tuple[str, ...] = ()
) -> Iterator[Server]:
    """Serves at SITE_URL, whatever the state of the database."""
    url = environment["SITE_URL"]
    command = [*before, sys.executable, "-m", "gunicorn", "-c", str(CONFIG), "--log-level", "warning"]
    with log.open("ab") as out:
        bind = ["--bind", url.removeprefix("http://")]
        process = subprocess.Popen([*command, *bind, *options, app], cwd=ROOT, env=environment, stdout=out, stderr=out)
    server = Server(url, environment, process.pid)
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        assert process.wait(25) == 0


@contextmanager
def database(directory: Path) -> Iterator[str]:
    """The URL of an empty database of the kind that the tests are configured for."""
    if settings.IS_SQLITE:
        yield f"sqlite:///{directory / 'status.sqlite3'}"
        return
    name = f"status_{secrets.token_hex(6)}"
    configured = settings.DATABASES["default"]
    credentials = f"{configured['USER']}:{configured['PASSWORD']}" if configured["PASSWORD"] else configured["USER"]
    server = f"postgres://{credentials}@{configured['HOST']}:{configured['PORT'] or 5432}"
    with closing(_connect(f"{server}/postgres")) as connection:
        connection.autocommit = True
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def prepare(environment: dict[str, str]) -> None:
    """Migrates, and adds an ops user."""
    manage(environment, "shell", "-v0", "-c", _PREPARE)


def manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@cache
def static_files() -> "tempfile.TemporaryDirectory[str]":
    """Collected once for all servers, because compressing them takes longer than most tests."""
    directory = tempfile.TemporaryDirectory(prefix="static-")
    told = {"SECRET_KEY": secrets.token_urlsafe(50), "DEBUG": "false", "STATIC_ROOT": directory.name}
    defaults = {"DJANGO_SETTINGS_MODULE": "statussite.settings", "SITE_URL": "http://127.0.0.1"}
    manage({**os.environ, **defaults, **told}, "collectstatic", "--no-input", "-v0")
    return directory


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_PREPARE = f"""
from django.contrib.auth.models import Group, User
from django.core.management import call_command
call_command("migrate", verbosity=0)
user = User.objects.create_user("ops", password="{PASSWORD}", is_staff=True)
user.groups.add(Group.objects.get(name="PLATFORM_OPS"))
"""


def _connect(url: str) -> Any:
    if url.startswith("sqlite:///"):
        import sqlite3

        return sqlite3.connect(url.removeprefix("sqlite:///"))
    import psycopg

    return psycopg.connect(url)


def _wait_for(server: Server, process: "subprocess.Popen[bytes]", seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "gunicorn ended; see its log"
        try:
            if httpx.get(f"{server.url}/livez", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("gunicorn did not answer in time")
