import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents.archive.writing import lines
from incidents.models.transaction import in_one_snapshot


class Command(BaseCommand):
    help = (
        "Writes everything as lines of JSON, as of one instant: services, incidents with their updates and drafts, "
        "maintenance, templates, alert sources, subscribers, the audit trail. `import` reads it back into an empty "
        "installation. It holds personal data and hashes of tokens: keep it like a backup."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", metavar="FILE", help="A file that is not there yet, else standard output.")

    def handle(self, *args: Any, to: str | None, **options: Any) -> None:
        if to is None:
            self._write(sys.stdout)
            return
        try:
            with Path(to).open("x", encoding="utf-8") as file:
                Path(to).chmod(0o600)
                count = self._write(file)
        except OSError as error:
            raise CommandError(f"{to}: {error.strerror or error}") from error
        self.stderr.write(f"{to}: {count:,} records.")

    @in_one_snapshot
    def _write(self, file: Any) -> int:
        count = -1  # the header is none
        for line in lines(timezone.now()):
            file.write(line + "\n")
            count += 1
        return count
