"""Web and worker as one: `python -m statussite.together`."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests import server
from tests.waiting import eventually


@pytest.fixture
def together(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with server.database(tmp_path) as database:
        port = server.free_port()
        told = {
            **os.environ,
            "DATABASE_URL": database,
            "DEBUG": "false",
            "DJANGO_SETTINGS_MODULE": "statussite.settings",
            "PORT": str(port),
            "PUBLISHED_DIR": str(tmp_path / "published"),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "STATIC_ROOT": server.static_files().name,
        }
        with (tmp_path / "log").open("wb") as log:
            command = [sys.executable, "-m", "statussite.together"]
            process = subprocess.Popen(command, cwd=server.ROOT, env=told, stdout=log, stderr=log)
        yield f"http://127.0.0.1:{port}", process
        process.terminate()
        process.wait(60)


def is_at_work(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/healthz/worker", trust_env=False).status_code == 200
    return False


def until_at_work(url: str) -> None:
    eventually(lambda: is_at_work(url), within=60)


def children(process: subprocess.Popen[bytes]) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def test_it_migrates_serves_and_works_until_it_is_told_to_end(together: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, process = together
    until_at_work(url)
    process.terminate()
    assert process.wait(60) == 0
    assert not is_at_work(url)


def test_it_ends_when_one_of_the_two_is_killed(together: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, process = together
    until_at_work(url)
    _, worker = children(process)
    os.kill(worker, signal.SIGKILL)
    assert process.wait(60) != 0
    assert not is_at_work(url)
