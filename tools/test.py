"""`make test`: every test on SQLite, then on PostgreSQL, with the servers and the browser that are found here.

What is missing is named at the end; with REQUIRE_ALL=1 it is a failure. With nothing missing, coverage is enforced.
"""

import getpass
import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
SQLITE = f"sqlite:///{ROOT / 'data' / 'tests.sqlite3'}"
# What a test needs, by its mark, and the variable that tells where it is.
VARIABLES = {"postgres": "TEST_POSTGRES_URL", "redis": "TEST_REDIS_URL", "browser": "TEST_CHROMIUM"}
COVERAGE_OF_BOTH = ["--cov", "--cov-report=", "--cov-fail-under=0"], ["--cov", "--cov-append"]


def main(chosen: list[str]) -> int:
    found = {"postgres": find_postgres(), "redis": find_redis(), "browser": find_chromium()}
    missing = [mark for mark, at in found.items() if not at]
    if missing and os.environ.get("REQUIRE_ALL") == "1":
        print(f"Not found, but required: {', '.join(missing)} (see docs/development.md)", file=sys.stderr)
        return 1
    os.environ.update({VARIABLES[mark]: at for mark, at in found.items() if at})

    first, last = COVERAGE_OF_BOTH if not missing and not chosen else ([], [])
    failed = pytest(SQLITE, {"postgres", *missing}, [*first, *chosen])
    if postgres := found["postgres"]:
        failed += pytest(database_of_this_checkout(postgres), {"browser", *missing}, [*last, *chosen])
    print(f"Not run, because not found here: {', '.join(missing)}" if missing else "Run with everything.")
    return min(failed, 1)


def find_postgres() -> str | None:
    """A server's address, with a role that may create databases."""
    users = ("postgres", getpass.getuser())
    usual = [f"postgres://{user}@127.0.0.1:5432/postgres" for user in users]
    given = os.environ.get(VARIABLES["postgres"])
    return next(filter(may_create_databases, [given] if given else usual), None)


def may_create_databases(url: str) -> bool:
    query = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            return connection.execute(query).fetchone() == (True,)
    except psycopg.Error:
        return False


def find_redis() -> str | None:
    url = os.environ.get(VARIABLES["redis"]) or "redis://127.0.0.1:6379/15"
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=3) as client:
            return url if client.ping() else None
    except (redis.RedisError, ValueError):
        return None


def find_chromium() -> str | None:
    names = (os.environ.get(VARIABLES["browser"]), "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, (shutil.which(name) for name in names if name)), None)


def database_of_this_checkout(postgres: str) -> str:
    """A name of its own, so that two checkouts can be tested at once on one server."""
    return urlsplit(postgres)._replace(path=f"/statussite_{zlib.crc32(bytes(ROOT)):08x}").geturl()


def pytest(database: str, without: set[str], options: list[str]) -> int:
    """Runs the suite on every core, but for the tests marked as needing what is in `without`."""
    print(f"\nTests on {urlsplit(database).scheme}", flush=True)
    marks = " and ".join(f"not {mark}" for mark in sorted(without))
    command = [sys.executable, "-m", "pytest", "--numprocesses=auto", "--dist=loadfile", "-m", marks, *options]
    return subprocess.call(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": database})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
