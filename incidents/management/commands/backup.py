import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection


class Command(BaseCommand):
    help = (
        "Copies the SQLite database into FILE while the service runs and writes: one consistent state, checked. An "
        "earlier FILE is replaced once the copy is whole. PostgreSQL has pg_dump."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not settings.IS_SQLITE:
            raise CommandError("This database is PostgreSQL's: use pg_dump (see docs/backup.md).")
        unfinished = file.with_name(f"{file.name}.unfinished")
        try:
            unfinished.unlink(missing_ok=True)
            self._copy(unfinished)
            unfinished.replace(file)
        except (OSError, sqlite3.Error) as error:
            raise CommandError(f"No backup was made: {error}") from error
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes.")

    def _copy(self, to: Path) -> None:
        """All pages in one go: a reader of a write-ahead log keeps no writer waiting, and sees one state."""
        connection.ensure_connection()
        with closing(sqlite3.connect(to)) as copy:
            connection.connection.backup(copy)
            if (found := copy.execute("PRAGMA integrity_check").fetchone()) != ("ok",):
                raise CommandError(f"No backup was made, the copy is damaged: {found}")
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, which can be carried away
