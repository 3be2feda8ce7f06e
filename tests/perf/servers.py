"""The servers that are measured side by side: each a process of its own under the settings that ship."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.perf import processes
from tests.perf.databases import PYTHON, ROOT
from tests.server import PASSWORD, free_port, static_files

PATIENCE = 60  # seconds for a server to start
AT_REST = 0.02  # of one processor
_FILL = "import django, json; django.setup(); from tests.perf import render; print(json.dumps(render.fill(SCALE)))"
_ADD_OPS = f"""
from django.contrib.auth.models import Group, User
user = User.objects.create_user("ops", password="{PASSWORD}", is_staff=True)
user.groups.add(Group.objects.get(name="PLATFORM_OPS"))
"""


@dataclass(frozen=True)
class Served:
    url: str
    pid: int

    @property
    def cpu(self) -> float:
        return processes.cpu_seconds(self.pid)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=30, trust_env=False)


def environment(directory: Path, database: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database,
        "DEBUG": "false",
        "DJANGO_SETTINGS_MODULE": "statussite.settings",
        "LOG_FORMAT": "json",
        "PUBLISHED_DIR": str(directory / "published"),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "STATIC_ROOT": static_files().name,
        "WEB_CONCURRENCY": "1",
    }


def filled(directory: Path, scale: int) -> dict[str, str]:
    """A database in `directory` with `scale` times the history and an ops user; returns what to start servers with."""
    directory.mkdir(parents=True)
    given = environment(directory, f"sqlite:///{directory / 'bench.sqlite3'}")
    _run(given | {"DJANGO_SETTINGS_MODULE": "tests.settings"}, "-c", _FILL.replace("SCALE", str(scale)))
    _run(given, "manage.py", "shell", "-v0", "-c", _ADD_OPS)
    return given


@contextmanager
def gunicorn(given: dict[str, str], application: str = "statussite.wsgi") -> Iterator[Served]:
    port = free_port()
    given = given | {"PORT": str(port), "HOST": "127.0.0.1"}
    given.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    command = [PYTHON, "-m", "gunicorn", "-c", "statussite/gunicorn.py", "--log-level", "error", application]
    process = subprocess.Popen(command, cwd=ROOT, env=given, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        served = Served(f"http://127.0.0.1:{port}", process.pid)
        _come_to_rest(served)
        yield served
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"A server on port {port} did not start: {process.args!r}")


def _come_to_rest(server: Served) -> None:
    """After its start a server makes its pages ready, the longer the more there are."""
    until, used = time.monotonic() + PATIENCE, server.cpu
    while time.monotonic() < until:
        time.sleep(2)
        before, used = used, server.cpu
        if used - before < AT_REST * 2:
            return


def _run(given: dict[str, str], *arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=given, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
