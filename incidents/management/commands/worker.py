import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseFailure
from django.db import connections

from incidents.errors import StatusError
from incidents.jobs import JOBS, run_all

log = logging.getLogger("incidents.worker")

PAUSE = 1.0  # seconds between passes
LONGEST_PAUSE = 30.0


class Command(BaseCommand):
    help = (
        "Does what is due, once a second: starts and completes maintenance windows, mails confirmations, purges what "
        "has expired. SIGTERM or Ctrl-C ends it after the present pass. When the database fails it waits, at most "
        "half a minute, and tries again. Several workers may run at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due now, then end.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            while run_all(JOBS):
                pass
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_until(stop)


def run_until(stop: threading.Event) -> None:
    pause = PAUSE
    log.info("The worker has started.")
    while not stop.is_set():
        try:
            run_all(JOBS)
            pause = PAUSE
        except (DatabaseFailure, StatusError):
            connections.close_all()  # one that the database has dropped would fail for ever
            pause = min(2 * pause, LONGEST_PAUSE)
            log.exception("A pass failed; the next one is in %g s.", pause)
        stop.wait(pause)
    log.info("The worker has stopped.")
