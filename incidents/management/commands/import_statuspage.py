from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from incidents.statuspage.importing import import_document, rehearsal
from incidents.statuspage.importing.documents import Document, Unreadable, load
from incidents.statuspage.importing.report import Report


class Command(BaseCommand):
    help = (
        "Imports the history of a Statuspage: services, groups, incidents, maintenance. Takes saved documents "
        "(summary, components, incidents, scheduled-maintenances, or all in one), their URLs, or the address of the "
        "page, which shows its 50 newest incidents there. It can be run again: what changed at the source is "
        "brought up to date, what was changed or deleted here is left alone. Nobody is notified. "
        "Ends with a report. Exit status 1 if a record was rejected (the others are imported) or nothing could be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="+", metavar="FILE-or-URL")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Do all of it and take it back: shows the report, writes nothing. Others cannot write meanwhile.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            documents = [load(source) for source in options["source"]]
        except Unreadable as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        report = self._rehearse(documents) if options["dry_run"] else self._import(documents)
        for line in report.lines():
            self.stdout.write(line)
        if options["dry_run"]:
            self.stdout.write(self.style.WARNING("\nDry run: nothing was written."))
        if report.rejected:
            n = len(report.rejected)
            raise CommandError(f"{n:,} {'record was' if n == 1 else 'records were'} rejected, see above.")

    def _rehearse(self, documents: list[Document]) -> Report:
        with rehearsal():
            return self._import(documents)

    def _import(self, documents: list[Document]) -> Report:
        report, now = Report(), timezone.now()
        for document in documents:
            import_document(document, report, now, _progress)
        return report


def _progress(jobs: list[Any]) -> Iterable[Any]:
    """A bar on a terminal; nothing in a pipe or a log."""
    return tqdm(jobs, unit="record", disable=None)
