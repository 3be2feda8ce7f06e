"""The cluster's engine: Celery brings the word that there may be something to do, the database knows what.

`celery --app statussite.celery worker --beat` runs all of it; two beats are harmless. A message that the broker loses
costs the seconds until the next sweep, never a notification. One that nobody took within these is dropped: the next
sweep sends others.
"""

import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statussite.settings")

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

SWEEP = 10.0  # seconds between two
SLOT = 5.0  # seconds for which one task sends; then others have their turn, and a worker that is to stop can
MAIN = "main"

app = Celery("statussite", broker=settings.CELERY_BROKER_URL, set_as_current=True)
app.conf.update(
    beat_schedule={"sweep": {"task": "sweep", "schedule": SWEEP, "options": {"expires": SWEEP}}},
    beat_scheduler="celery.beat:Scheduler",  # what it would write to disk, each start makes anew
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 120},
    enable_utc=True,
    # What hangs in one must not hold up the others: a worker may be limited to some of them with --queues. Those for
    # senders have the names of their shares.
    task_queues={MAIN: {}, "mail": {}, "hook": {}, "failing": {}},
    task_default_queue=MAIN,
    task_acks_late=True,
    task_ignore_result=True,
    task_reject_on_worker_lost=True,
    task_time_limit=60,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_prefetch_multiplier=1,
)


@setup_logging.connect
def _as_django_logs(**_: object) -> None:
    """Celery would replace what LOG_FORMAT asks for."""


@app.task(name="sweep")
def sweep() -> None:
    """The jobs that are due; and wakes the senders, as `manage.py worker` does each second."""
    from incidents.jobs import JOBS, run_all

    until = time.monotonic() + SWEEP
    while run_all(JOBS) and time.monotonic() < until:
        _wake()
    _wake()


@app.task(name="send")
def send(share: int) -> None:
    """Sends for a while; if there may be more, another task goes on."""
    from contextlib import closing

    from incidents.notify.relay import Relay
    from incidents.notify.senders import SHARES

    until = time.monotonic() + SLOT
    with closing(Relay()) as relay:
        worked = SHARES[share].send(relay, lambda: time.monotonic() > until)
    if worked and SHARES[share].is_due:
        _begin(share)


def _wake() -> None:
    from incidents.notify.senders import SHARES

    for number, share in enumerate(SHARES):
        for _ in range(share.senders if share.is_due else 0):
            _begin(number)


def _begin(share: int) -> None:
    from incidents.notify.senders import SHARES

    send.apply_async((share,), queue=SHARES[share].name, expires=SWEEP)
