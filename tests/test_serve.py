"""What the Makefile runs for the first commands of README.md: on a fresh checkout, without a setting."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.server import ROOT, free_port

MAKEFILE = (ROOT / "Makefile").read_text()
OURS = ("DATABASE_URL", "DEBUG", "DJANGO_SETTINGS_MODULE", "REDIS_URL", "SECRET_KEY", "SITE_URL")


def recipe(target: str) -> list[str]:
    """With the interpreter that runs the tests in place of `.venv`."""
    (line,) = re.findall(rf"^{target}:.*\n\t@(.+)$", MAKEFILE, re.MULTILINE)
    return [sys.executable if word == "$(PYTHON)" else word for word in line.replace("$(ARGS)", "").split()]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What git knows, so that nothing lying about comes along."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, tracked.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("docs/", "tests/")):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


@contextmanager
def started(checkout: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """And what it printed until it said where it is."""
    told = {name: value for name, value in os.environ.items() if name not in OURS} | variables
    with (checkout / "log").open("wb") as log:
        process = subprocess.Popen(
            recipe("run"), cwd=checkout, env=told, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Status page:"):
            break
    try:
        yield process, said
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stdout.close()


def test_make_run_serves_a_demo_whose_login_works_until_it_is_interrupted(checkout: Path) -> None:
    port = free_port()
    with started(checkout, PORT=str(port)) as (process, said):
        url = f"http://127.0.0.1:{port}"
        assert f"Status page: {url} " in said, (checkout / "log").read_text()
        (login,) = re.findall(r"ops / (\S+)", said)
        with httpx.Client(base_url=url, timeout=60, transport=httpx.HTTPTransport(retries=8)) as client:
            assert "Example: slow answers from the API" in client.get("/").text
            answer = client.post("/api/v1/auth/token", json={"username": "ops", "password": login})
            assert answer.status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert (checkout / "data" / "status.sqlite3").exists()


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"PORT": "x"}, "PORT must be a number"),
        ({"PORT": "70000"}, "PORT must be a number"),
        ({"HOST": "no..name"}, "HOST must be an address"),
    ],
)
def test_make_run_says_in_one_line_what_is_in_the_way(given: dict[str, str], refusal: str, checkout: Path) -> None:
    told = {name: value for name, value in os.environ.items() if name not in OURS} | given
    done = subprocess.run(recipe("run"), cwd=checkout, env=told, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Cannot start: {refusal}")
    assert done.stderr.count("\n") == 1


def test_make_test_runs_the_tests() -> None:
    assert recipe("test")[1:] == ["tools/test.py"]
