"""A PostgreSQL server of the test's own, that may be stopped, frozen and started again."""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.server import free_port


class Cluster:
    def __init__(self, directory: Path) -> None:
        self.data, self.port = directory / "data", free_port()
        self._sockets = directory
        self._run("initdb", "--pgdata", str(self.data), "--auth=trust", "--username=status", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgres://status@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self._sockets} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60"
        log = str(self._sockets / "log")
        self._run("pg_ctl", "start", "--wait", "--pgdata", str(self.data), "--log", log, "--options", f"'{options}'")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "stop", "--wait", "--pgdata", str(self.data), "--mode", mode)

    def freeze(self) -> None:
        """Stops every process, and those that were being born meanwhile."""
        stopped: set[int] = set()
        while more := set(self._processes()) - stopped:
            for pid in more:
                os.kill(pid, signal.SIGSTOP)
            stopped |= more

    def thaw(self) -> None:
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def execute(self, *statements: str) -> None:
        with closing(self.connect()) as connection:
            for statement in statements:
                connection.execute(statement)

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.url, autocommit=True, connect_timeout=5)

    def _processes(self) -> Iterator[int]:
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        yield postmaster
        yield from map(int, Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split())

    def _run(self, program: str, *arguments: str) -> None:
        command = " ".join([str(binaries() / program), *arguments])
        as_whom = ["su", "postgres", "-c", command] if getpass.getuser() == "root" else ["sh", "-c", command]
        done = subprocess.run(as_whom, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/")
        assert done.returncode == 0, done.stderr


def binaries() -> Path:
    """Debian keeps them off the PATH."""
    found = shutil.which("initdb") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), default="")
    assert found, "initdb was not found: the server part of PostgreSQL is not installed"
    return Path(found).parent


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Of the user postgres where the tests are root's, whom the server refuses."""
    directory = Path(tempfile.mkdtemp(prefix="cluster-"))
    if getpass.getuser() == "root":
        shutil.chown(directory, "postgres")
    one = Cluster(directory)
    one.start()
    try:
        yield one
    finally:
        with suppress(FileNotFoundError):
            one.thaw()
            one.stop()
        time.sleep(0.1)
        shutil.rmtree(directory, ignore_errors=True)
