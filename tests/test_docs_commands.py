"""Every block of commands in README and docs is run as it stands, or a comment above it says where, how or why not.

<!-- each stays -->          each line is a program that goes on until it is stopped
<!-- run by tests/….py … --> another test does it
<!-- not run: why -->        nobody does

The blocks of a page are run one after the other, each in a shell of its own, beside a running product with demo data.
"""

import os
import re
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.server import PASSWORD, ROOT, Server, free_port, running

PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")), *sorted(ROOT.glob("docs/*.md"))]
NO_COMMANDS = {"css", "html", "http", "json", "markdown", "text", "yaml"}
STAYS = "each stays"
LONG_ENOUGH = 3.0  # seconds, in which a program has found out that it cannot stay
_BLOCK = re.compile(r"(?:^<!-- ([^\n]+) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SITE = re.compile(r"(\bcurl .*?)https?://(?:127\.0\.0\.1:8000|status\.example\.com)")
_FILL = """
from django.utils import timezone
from incidents import demo
from incidents.models import Actor, Service
demo.load(timezone.now())
Service.add(by=Actor("ops", "test"), slug="login", name="Login")
"""


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    note: str
    language: str
    text: str

    @property
    def is_run_here(self) -> bool:
        return self.language not in NO_COMMANDS and self.note in ("", STAYS)

    @property
    def is_accounted_for(self) -> bool:
        if self.language in NO_COMMANDS or self.is_run_here or re.fullmatch("not run: .{10,}", self.note):
            return True
        by = re.match(r"run by (tests/\S+\.py)\b", self.note)
        return by is not None and self.page.name in (ROOT / by[1]).read_text()


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text()
    for found in _BLOCK.finditer(text):
        note, language, commands = found.groups(default="")
        yield Block(page, text.count("\n", 0, found.start()) + 1, note, language, commands)


ALL = [block for page in PAGES for block in blocks(page)]
WITH_COMMANDS = sorted({block.page for block in ALL if block.is_run_here})


@dataclass(frozen=True)
class Scratch:
    """A directory that looks like a checkout to who runs `manage.py` in it, with a database of its own."""

    directory: Path
    product: Server

    def run(self, block: Block) -> None:
        commands = self._made_real(block.text)
        if block.note == STAYS:
            self._start_each(commands.splitlines())
            return
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.directory,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, (commands, done.stdout[-2000:] + done.stderr[-2000:])

    def _start_each(self, lines: list[str]) -> None:
        """Together, as they are meant to be."""
        with (self.directory / "log").open("ab") as log:
            env = {**self._environment(), "CELERY_BROKER_URL": "redis://127.0.0.1:1/0"}  # which may be away at any time
            shared: dict[str, Any] = {"cwd": self.directory, "env": env, "stdout": log, "stderr": log}
            programs = [subprocess.Popen(["bash", "-c", f"exec {line}"], **shared) for line in lines]
        try:
            time.sleep(LONG_ENOUGH)
            ended = [line for line, program in zip(lines, programs, strict=True) if program.poll() is not None]
            assert not ended, (self.directory / "log").read_text()[-2000:]
        finally:
            for program in programs:
                program.terminate()
            for program in programs:
                program.wait(40)

    def _made_real(self, text: str) -> str:
        """With what the reader puts in place of the examples."""
        text = _SITE.sub(rf"\g<1>{self.product.url}", text)
        for shown, real in {
            '"password": "…"': f'"password": "{PASSWORD}"',
            "SECRET_KEY=…": f"SECRET_KEY={secrets.token_urlsafe(50)}",
            "DATABASE_URL=…": f"DATABASE_URL=sqlite:///{self.directory}/other.sqlite3",
            "postgres://status:secret@127.0.0.1:5432/status": f"sqlite:///{self.directory}/new.sqlite3",
            "/backups": str(self.directory),
            "/srv/status": str(self.directory / "site"),
        }.items():
            text = text.replace(shown, real)
        assert "…" not in text
        return text

    def _environment(self) -> dict[str, str]:
        return {
            **self.product.environment,
            "DATABASE_URL": f"sqlite:///{self.directory}/data/status.sqlite3",
            "HOME": str(self.directory),
            "NO_PROXY": "127.0.0.1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PORT": str(free_port()),
            "PUBLISHED_DIR": str(self.directory / "published"),
            "PYTHONPATH": str(ROOT),
            "STATIC_ROOT": str(self.directory / "static"),
        }


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = Path(tmp_path_factory.mktemp("docs"))
    with running(directory, DATABASE_URL=f"sqlite:///{directory}/status.sqlite3") as one:
        one.manage("shell", "-v0", "-c", _FILL)
        yield one


@pytest.fixture
def scratch(product: Server, tmp_path: Path) -> Scratch:
    (tmp_path / "data").mkdir()
    (tmp_path / "manage.py").symlink_to(ROOT / "manage.py")
    (tmp_path / ".curlrc").write_text("fail\nsilent\nshow-error\n")
    with closing(sqlite3.connect(product.environment["DATABASE_URL"].removeprefix("sqlite:///"))) as filled:
        filled.execute("VACUUM INTO ?", [str(tmp_path / "data" / "status.sqlite3")])
    return Scratch(tmp_path, product)


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.name)
def test_the_commands_of_a_page_work_as_they_are_written(page: Path, scratch: Scratch) -> None:
    for block in blocks(page):
        if block.is_run_here:
            scratch.run(block)


@pytest.mark.parametrize("block", ALL, ids=lambda block: f"{block.page.name}:{block.line}")
def test_a_block_is_run_or_says_why_not(block: Block) -> None:
    assert block.language, "say in which language it is"
    assert block.is_accounted_for, block.note


def test_no_block_is_overlooked() -> None:
    fences = sum(len(re.findall("^ *```", page.read_text(), re.MULTILINE)) for page in PAGES)
    assert fences == 2 * len(ALL)
