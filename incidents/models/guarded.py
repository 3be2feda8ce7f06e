"""Work on many things, of which one that goes wrong must not keep the others from theirs."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError

log = logging.getLogger(__name__)


def or_log(work: Callable[[], int], message: str, name: object) -> int:
    """What it returns; 0 where it fails, and the log has `message` with `name` in it.

    Raises OperationalError and InterfaceError: a database that is away fails everybody, and somebody waits for it.
    """
    try:
        return work()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception(message, name)
        return 0
