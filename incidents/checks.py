"""Misconfiguration is loud, at the start."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import OperationalError, connections


@register()
def sqlite_takes_its_lock_at_begin(**_: Any) -> list[CheckMessage]:
    """Without IMMEDIATE, racing writers lose to "database is locked" (a sixth of them, as measured)."""
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if settings.IS_SQLITE and options.get("transaction_mode") != "IMMEDIATE":
        return [Error("SQLite must run with transaction_mode=IMMEDIATE.", id="incidents.E001")]
    return []


@register()
def a_broker_needs_celery(**_: Any) -> list[CheckMessage]:
    if settings.CELERY_BROKER_URL and find_spec("celery") is None:
        hint = "Install requirements/cluster.txt, or unset it and run manage.py worker."
        return [Error("CELERY_BROKER_URL is set, but Celery is not installed.", hint=hint, id="incidents.E003")]
    return []


@register(Tags.database, "sqlite")
def sqlite_is_in_wal_mode(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Without WAL every reader blocks writers; network file systems cannot do it."""
    if not settings.IS_SQLITE or "default" not in (databases or ()):
        return []
    try:
        with connections["default"].cursor() as cursor:
            mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    except OperationalError:  # somebody has it to himself, or it is not there yet
        return []
    if mode == "wal":
        return []
    hint = "Keep the database file on a local disk."
    return [Error(f"SQLite must run with journal_mode=WAL, not {mode}.", hint=hint, id="incidents.E002")]
