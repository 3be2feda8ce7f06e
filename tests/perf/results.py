"""How the parts of the benchmark tell what they found."""

import json
import sys
from datetime import UTC, datetime

from tests.perf.databases import RESULTS, ROOT


def write(part: str, found: object) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{part}-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(found, indent=1) + "\n")
    print(f"\nWritten to {path.relative_to(ROOT)}", flush=True)


_WORDS = {True: "MET", False: "MISSED", None: ""}


def bar(*, met: bool | None, text: str) -> None:
    """One line of what must hold, or with None of what is told beside it."""
    print(f"{_WORDS[met]:<6} {text}")


def progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:<60}\r", end="", file=sys.stderr, flush=True)
