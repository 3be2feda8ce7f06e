"""Tells the cluster's workers that there is something to do. Those of `manage.py worker` look by themselves."""

import logging
import threading

from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

_IN_TIME = {"socket_timeout": 1, "socket_connect_timeout": 1, "connect_timeout": 1, "max_retries": 0}
_one_at_a_time = threading.Lock()


def kick() -> None:
    """Once this transaction has committed. It holds nobody up, and nothing depends on it: the next sweep comes."""
    if settings.CELERY_BROKER_URL:
        transaction.on_commit(_begin, robust=True)


def _begin() -> None:
    if _one_at_a_time.acquire(blocking=False):
        threading.Thread(target=_kick, daemon=True, name="kick").start()


def _kick() -> None:
    try:
        from statussite.celery import SWEEP, app

        with app.connection_for_write(transport_options=_IN_TIME) as connection:
            app.send_task("sweep", connection=connection, retry=False, expires=SWEEP)
    except Exception:  # whatever a broker can do wrong
        log.warning("The workers were not told.", exc_info=True)
    finally:
        _one_at_a_time.release()
