"""What the product asks of its database, whichever it is."""

from pathlib import Path
from typing import Any

from statussite.pool import is_not_closed

# SQLite must take its write lock at BEGIN, or racing writers fail halfway (`incidents.checks` insists).
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 4,  # so that who waited in vain is told within five seconds
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}
POSTGRES_OPTIONS = {
    "connect_timeout": 3,
    # As many as threads that serve, and a few; who waits longer than this for one is told so.
    # After a failure the pool tries again ever more rarely, and after `reconnect_timeout` when somebody asks.
    "pool": {"min_size": 1, "max_size": 12, "timeout": 1.5, "reconnect_timeout": 5, "check": is_not_closed},
    "options": "-c lock_timeout=2000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=60000",
}


def is_sqlite(database: dict[str, Any]) -> bool:
    return bool(database["ENGINE"].endswith("sqlite3"))


def prepared(database: dict[str, Any]) -> dict[str, Any]:
    """An entry of DATABASES, with all that we need; what the URL says has the last word. Makes SQLite's folder."""
    ours = SQLITE_OPTIONS if is_sqlite(database) else POSTGRES_OPTIONS
    whole = {**database, "OPTIONS": {**ours, **database.get("OPTIONS", {})}}
    return _in_a_file(whole) if is_sqlite(database) else whole


def _in_a_file(database: dict[str, Any]) -> dict[str, Any]:
    Path(database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    return {
        **database,
        # Who closes the last connection folds the whole write-ahead log into the file: not after every request.
        "CONN_MAX_AGE": 60,
        # Tests race threads against one another, which an in-memory database cannot host.
        "TEST": {"NAME": f"{database['NAME']}.test"},
    }
