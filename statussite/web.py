"""The web server: `python -m statussite.web`, with options of gunicorn if any.

A bad setting ends it here, in one line: gunicorn answers a bad WEB_CONCURRENCY with a traceback as soon as it is
imported, and any other with workers that end, one after the other, for ever.
"""

import os
import sys
from importlib import import_module


def main(options: list[str]) -> None:
    for module in ("settings", "gunicorn"):
        import_module(f"statussite.{module}")
    command = [sys.executable, "-m", "gunicorn", "-c", "python:statussite.gunicorn", *options]
    os.execv(sys.executable, command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
