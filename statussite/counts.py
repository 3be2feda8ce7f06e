"""Where the processes of one gunicorn count together (`statussite.metrics`): a directory of its master."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "statussite-counts-"
_held: list[int] = []  # open for as long as the process lives, and so locked


def begin(place: str) -> None:
    """Also removes what masters left that were killed."""
    for directory in Path(place).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # somebody else's, or in use
            os.close(_lock(directory))
            shutil.rmtree(directory)
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix=_PREFIX, dir=place)
    _held.append(_lock(Path(os.environ[VARIABLE])))


def end() -> None:
    shutil.rmtree(os.environ[VARIABLE], ignore_errors=True)


def _lock(directory: Path) -> int:
    """Raises OSError if somebody has it."""
    number = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(number)
        raise
    return number
