"""Where the benchmarks keep their databases, files and results, and which Python serves."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg

from tools.test import find_postgres

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "data" / "bench"
# What serves: with what a user installs and no more, because what only tests need takes memory wherever it is found.
PYTHON = os.environ.get("BENCH_PYTHON", sys.executable)


@contextmanager
def databases() -> Iterator[list[str]]:
    """Empty ones, gone afterwards: SQLite always, PostgreSQL where there is one."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=RESULTS) as directory:
        sqlite = f"sqlite:///{directory}/bench.sqlite3"
        server = find_postgres()
        if server is None:
            print("No PostgreSQL found: SQLite only.")
            yield [sqlite]
            return
        name = f"statussite_bench_{secrets.token_hex(4)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        try:
            yield [sqlite, urlsplit(server)._replace(path=f"/{name}").geturl()]
        finally:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def working_directory() -> Iterator[Path]:
    """Gone afterwards. Below /tmp, where nginx's processes may read."""
    with TemporaryDirectory(prefix="statussite-bench-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)
