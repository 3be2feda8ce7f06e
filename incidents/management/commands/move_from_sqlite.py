from collections.abc import Iterator
from itertools import batched
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.db import connection, connections, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from tqdm import tqdm

from incidents.models import AuditEntry, Service

FILE = "file"  # the alias of the database that is moved
CHUNK = 1000


class Command(BaseCommand):
    help = (
        "Copies everything from the SQLite database FILE into the PostgreSQL database of DATABASE_URL, which must be "
        "migrated and without data. Stop web and worker first: what is written to FILE meanwhile waits, and is left "
        "behind. All or nothing; FILE stays as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        _open(file)
        try:
            with transaction.atomic(using=FILE), transaction.atomic():
                _check()
                count = sum(_copy(model) for model in tqdm(_models(), unit="table", disable=None))
                _go_on_counting()
        finally:
            connections[FILE].close()
        self.stdout.write(f"Moved {count:,} rows of {len(_models())} tables.")


def _open(file: Path) -> None:
    known = connections["default"].settings_dict
    options = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA foreign_keys=ON;"}
    told = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file), "OPTIONS": options, "CONN_MAX_AGE": 0}
    connections.databases[FILE] = {**known, **told}


def _check() -> None:
    if connection.vendor != "postgresql":
        raise CommandError("DATABASE_URL must name the PostgreSQL database to move to.")
    there, here = (set(MigrationRecorder(connections[alias]).applied_migrations()) for alias in (FILE, "default"))
    if there != here:
        raise CommandError("The two are not of one version: run migrate on each of them.")
    if Service.objects.exists() or AuditEntry.objects.exists():
        raise CommandError("The database is not empty.")


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def _copy(model: type[models.Model]) -> int:
    """The rows as they are: no default, no time of now."""
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    with connection.cursor() as cursor:  # what migrations have put there is in the file, too
        cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
    return sum(_insert(model, fields, rows) for rows in _rows(model))


def _rows(model: type[models.Model]) -> Iterator[tuple[models.Model, ...]]:
    return batched(model._base_manager.using(FILE).order_by("pk").iterator(CHUNK), CHUNK)


def _insert(model: type[models.Model], fields: list[Any], rows: tuple[models.Model, ...]) -> int:
    model._base_manager.using("default")._insert(rows, fields=fields, using="default", raw=True)  # type: ignore[attr-defined]
    return len(rows)


def _go_on_counting() -> None:
    """After the highest number that was moved."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(statement)
