from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents.archive.reading import Unreadable, restore
from incidents.errors import StatusError
from incidents.models import Actor

ACTOR = Actor("import", "command")


class Command(BaseCommand):
    help = (
        "Reads back what `export` has written, into an installation that holds nothing yet: all of it, or nothing. "
        "Nobody is notified. (For the history of a Statuspage there is `import_statuspage`.)"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="Do all of it and take it back.")

    def handle(self, *args: Any, file: str, dry_run: bool, **options: Any) -> None:
        try:
            with Path(file).open(encoding="utf-8") as text:
                counted = restore(text, by=ACTOR, now=timezone.now(), rehearsal=dry_run)
        except (Unreadable, StatusError, UnicodeDecodeError) as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror or error}") from error
        for kind, count in sorted(counted.items()):
            self.stdout.write(f"{kind:<20}{count:>10,}")
        if dry_run:
            self.stdout.write(self.style.WARNING("Dry run: nothing was written."))
