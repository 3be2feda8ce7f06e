"""How a write method reaches the database: whole or not at all, and never waiting for long."""

import functools
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, transaction

from incidents.errors import Busy

_LOCK_NOT_AVAILABLE = "55P03"
_WORTH_ONE_RETRY = ("40P01", "40001")  # deadlock detected, serialization failure


def in_one_transaction[**P, R](method: Callable[P, R]) -> Callable[P, R]:
    """Runs a write in one transaction; a lock that does not come in time becomes `Busy`.

    A deadlock or serialization failure is tried once more, by the outermost write only: inside a larger
    transaction the whole of it would have to run again.
    """

    @functools.wraps(method)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = not transaction.get_connection().in_atomic_block
        try:
            with transaction.atomic():
                return method(*args, **kwargs)
        except OperationalError as error:
            if not is_contention(error):
                raise
            if not (outermost and sqlstate(error) in _WORTH_ONE_RETRY):
                raise Busy from error
        return run_again(method, *args, **kwargs)

    return run


def run_again[**P, R](method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        with transaction.atomic():
            return method(*args, **kwargs)
    except OperationalError as error:
        if is_contention(error):
            raise Busy from error
        raise


def is_contention(error: OperationalError) -> bool:
    return sqlstate(error) in (_LOCK_NOT_AVAILABLE, *_WORTH_ONE_RETRY) or "database is locked" in str(error)


def sqlstate(error: OperationalError) -> str | None:
    cause: Any = error.__cause__
    return getattr(cause, "sqlstate", None)
