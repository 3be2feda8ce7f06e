"""`make test`: every test on SQLite, then on PostgreSQL, with the servers and the browser that are found here.

What is missing is named at the end; with REQUIRE_ALL=1 it is a failure. With nothing missing, coverage is enforced.
"""

import getpass
import json
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
SQLITE = f"sqlite:///{ROOT / 'data' / 'tests.sqlite3'}"
# What a test needs, by its mark, and the variable that tells where it is.
VARIABLES = {
    "postgres": "TEST_POSTGRES_URL",
    "redis": "TEST_REDIS_URL",
    "browser": "TEST_CHROMIUM",
    "nginx": "TEST_NGINX",
    "gettext": "TEST_GETTEXT",
    "index": "TEST_INDEX",
}
# What these see does not depend on the kind of database, so one is enough: the stricter for the fuzzer, SQLite for the
# rest.
ANY_DATABASE = ("browser", "nginx", "gettext", "index")
ANY_DATABASE_AT = (
    *("api/test_reachable.py", "clients", "export", "languages", "mails", "page", "public/test_safety.py"),
    *("published/test_variation.py", "published/test_wsgi.py", "statuspage/test_schemas.py"),
    *("test_docs_commands.py", "test_image.py", "test_serve.py", "test_tracing.py", "test_wheel.py"),
)
STRICTER = ("fuzz",)
# Tests of real servers wait for them, on machines that are busy. One or a few that failed are asked again when nothing
# else runs: what fails then is broken, what passes is named above as unsteady, and has a race to be found.
TESTS_FAILED = 1
NOTHING_CHOSEN = 5  # of what was asked for, on this database
FEW = 3
# On SQLite it is the processor that tests wait for; on PostgreSQL, more often that server and workers on it.
CORES = os.cpu_count() or 1
PROCESSES = {"sqlite": CORES, "postgres": CORES + 1}


def main(chosen: list[str]) -> int:
    found = {
        "postgres": find_postgres(),
        "redis": find_redis(),
        "browser": find_chromium(),
        "nginx": find_nginx(),
        "gettext": find_program("xgettext"),
        "index": find_index(),
    }
    missing = [mark for mark, at in found.items() if not at]
    if missing and os.environ.get("REQUIRE_ALL") == "1":
        print(f"Not found, but required: {', '.join(missing)} (see docs/development.md)", file=sys.stderr)
        return 1
    os.environ.update({VARIABLES[mark]: at for mark, at in found.items() if at})

    # On one database: what has a meaning on PostgreSQL only is little.
    coverage = ["--cov"] if not missing and not chosen else []
    postgres = found["postgres"]
    later = STRICTER if postgres else ()
    ended = {pytest(SQLITE, {"postgres", *missing}, later, [*coverage, *chosen])}
    if postgres:
        ended.add(pytest(database_of_this_checkout(postgres), {*ANY_DATABASE, *missing}, ANY_DATABASE_AT, chosen))
    print(f"Not run, because not found here: {', '.join(missing)}" if missing else "Run with everything.")
    return 0 if ended in ({0}, {0, NOTHING_CHOSEN}) else 1


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
    return find_program(os.environ.get(VARIABLES["browser"]), "chromium", "chromium-browser", "google-chrome")


def find_nginx() -> str | None:
    return find_program(os.environ.get(VARIABLES["nginx"]), "nginx", "/usr/sbin/nginx")  # on root's PATH only


def find_index() -> str | None:
    """Whether packages can be installed here."""
    asked = [sys.executable, "-m", "pip", "index", "versions", "tqdm", "--disable-pip-version-check"]
    return "yes" if subprocess.run(asked, capture_output=True, timeout=60, check=False).returncode == 0 else None


def find_program(*names: str | None) -> str | None:
    return next(filter(None, (shutil.which(name) for name in names if name)), None)


def database_of_this_checkout(postgres: str) -> str:
    """A name of its own, so that two checkouts can be tested at once on one server."""
    return urlsplit(postgres)._replace(path=f"/statussite_{zlib.crc32(bytes(ROOT)):08x}").geturl()


def pytest(database: str, without: set[str], ignored: Iterable[str], options: list[str]) -> int:
    """Runs the suite on all cores, but for the tests marked as needing what is in `without`."""
    kind = urlsplit(database).scheme
    print(f"\nTests on {kind}", flush=True)
    marks = " and ".join(f"not {mark}" for mark in sorted(without))
    environment = {**os.environ, "DATABASE_URL": database}
    cache = ROOT / ".pytest_cache" / kind
    always = [sys.executable, "-m", "pytest", "-m", marks, "-o", f"cache_dir={cache}"]
    always += [*(f"--ignore={ROOT / 'tests' / path}" for path in ignored), *options]
    first = [*always, "--cache-clear", f"--numprocesses={PROCESSES[kind]}", "--dist=loadfile", "--no-loadscope-reorder"]
    if (failed := subprocess.call(first, cwd=ROOT, env=environment)) != TESTS_FAILED:
        return failed
    unsteady = last_failed(cache)
    if not 0 < len(unsteady) <= FEW:
        return failed
    print(f"\nFailed, and run once more by themselves: {', '.join(unsteady)}", flush=True)
    more = ["--cov-append"] if "--cov" in options else []
    return subprocess.call([*always, "--last-failed", *more], cwd=ROOT, env=environment)


def last_failed(cache: Path) -> list[str]:
    found = cache / "v" / "cache" / "lastfailed"
    return list(json.loads(found.read_text())) if found.exists() else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
