import logging
import os
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseFailure
from django.db import connections

from incidents.errors import StatusError
from incidents.jobs import JOBS, run_all
from incidents.notify.senders import Senders, send_what_is_due

log = logging.getLogger("incidents.worker")

PAUSE = 1.0  # seconds between passes
LONGEST_PAUSE = 30.0
NICENESS = 10  # somebody from ops waits for a web process on the same machine; nobody waits for this one


class Command(BaseCommand):
    help = (
        "Does what is due, once a second: starts and completes maintenance windows, tells subscribers, purges what "
        "has expired. SIGTERM or Ctrl-C ends it within 20 seconds; what it has begun to send is sent. When the "
        "database fails it waits, at most half a minute, and tries again. Several workers may run at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due now, then end.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            while run_all(JOBS) or send_what_is_due():
                pass
            return
        os.nice(NICENESS)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_until(stop)


def run_until(stop: threading.Event) -> None:
    pause = PAUSE
    senders = Senders()
    log.info("The worker has started.")
    while not stop.is_set():
        try:
            worked = run_all(JOBS)
            senders.look()
            pause = PAUSE
            if worked:
                continue
        except (DatabaseFailure, StatusError):
            connections.close_all()  # one that the database has dropped would fail for ever
            pause = min(2 * pause, LONGEST_PAUSE)
            log.exception("A pass failed; the next one is in %g s.", pause)
        stop.wait(pause)
    senders.stop()
    log.info("The worker has stopped.")
