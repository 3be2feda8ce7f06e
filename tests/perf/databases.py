"""Where the benchmarks keep their databases, files and results."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg

from tools.test import find_postgres

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "data" / "bench"


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
