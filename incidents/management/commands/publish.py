import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from tqdm import tqdm

from incidents.published.export import Export, publish
from incidents.published.folder import Folder, NotOurs
from incidents.published.index import Index
from incidents.published.watch import Watch
from statussite.pool import use_a_connection_of_our_own


class Command(BaseCommand):
    help = (
        "Writes the whole public site as files that any web server or bucket can serve: every page, the feed and the "
        "static files that they use, each with a .gz and a .br beside it. DIR is new, empty, or one that this command "
        "has written before: then only what differs is written, and what is no longer public is removed. "
        "Exit status 1 if a page could not be made (the others are written) or DIR cannot be used."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, metavar="DIR", type=Path)
        parser.add_argument(
            "--links",
            choices=("relative", "rooted"),
            default="relative",
            help="relative: the files work wherever they lie, from a disk too. rooted: byte for byte what the site "
            "itself sends, for a web server that serves DIR at its root. (default: %(default)s)",
        )
        parser.add_argument(
            "--watch",
            action="store_true",
            help="Then follow every change within a second, and the time, until SIGTERM or Ctrl-C. When the database "
            "fails the files stay, and say how old they are after two minutes.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder, index = Folder(options["to"]), Index()
        export = Export(folder, index, is_relative=options["links"] == "relative")
        try:
            with folder.claimed():
                if options["watch"]:
                    use_a_connection_of_our_own()
                    Watch(export, folder, index).run(_signalled())
                else:
                    self._once(export, index)
        except (NotOurs, OSError, DatabaseError) as error:
            raise CommandError(str(error)) from error

    def _once(self, export: Export, index: Index) -> None:
        index.reload(timezone.now())
        gone = publish(export, index, _progress)
        pages = len(index.every())
        self.stdout.write(f"{pages:,} pages: {export.written:,} files written anew, {gone:,} removed.")
        if export.failed:
            raise CommandError(f"Could not be made: {', '.join(sorted(export.failed))}")


def _progress(paths: list[str]) -> Iterable[str]:
    """A bar on a terminal; nothing in a pipe or a log."""
    return tqdm(paths, unit="page", disable=None)


def _signalled() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
