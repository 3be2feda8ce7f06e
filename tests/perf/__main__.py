"""`make bench`: what a page costs at 1, 10 and 100 times the history, and what a write costs beside a bare DRF create;
tables, and JSON in data/bench/.

Each database is held by a process of its own. In every round each of them renders every page once, so that
whatever else this machine does falls on all of them alike; the medians of the rounds are shown.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from tests.perf import writes
from tests.perf.databases import RESULTS, ROOT, databases

type Answer = dict[str, Any]


class Loaded:
    """A process that holds one database filled with `scale` times the history, and renders on request."""

    def __init__(self, database: str, scale: int) -> None:
        self.kind, self.scale = urlsplit(database).scheme, scale
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"import django; django.setup(); from tests.perf import render; render.main({scale})",
            ],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.facts = self._answer()
        self.rounds: list[Answer] = []
        print(f"{self.kind} {scale}×: {json.dumps(self.facts)}", flush=True)

    def render(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.rounds.append(self._answer())

    def _answer(self) -> Answer:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"The process for {self.kind} {self.scale}× ended.")
        answer: Answer = json.loads(line)
        return answer

    def results(self) -> Iterator[Answer]:
        for page, last in self.rounds[-1].items():
            times = [answer[page]["ms"] for answer in self.rounds]
            yield {**last, "database": self.kind, "scale": self.scale, "page": page, "ms": round(median(times), 1)}

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.perf", description=__doc__.split("\n")[0])
    parser.add_argument("--scale", default="1,10,100", help="how many times the history (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--write-rounds", type=int, default=5, help="of two seconds a figure (default: %(default)s)")
    parser.add_argument("--only", choices=("pages", "writes"))
    options = parser.parse_args()
    if options.only != "writes":
        measure_pages([int(scale) for scale in options.scale.split(",")], options.rounds)
    if options.only != "pages":
        writes.measure(options.write_rounds)


def measure_pages(scales: list[int], rounds: int) -> None:
    with ExitStack() as stack:
        loaded = []
        for scale in scales:
            for database in stack.enter_context(databases()):
                loaded.append(Loaded(database, scale))
                stack.callback(loaded[-1].stop)
        for _ in range(rounds):
            for one in loaded:
                one.render()
        report(loaded)


def report(loaded: list[Loaded]) -> None:
    rows = sorted(
        (row for one in loaded for row in one.results()), key=lambda r: (r["database"], r["page"], r["scale"])
    )
    print(f"\n{'database':<10}{'page':<16}{'scale':>6}{'median ms':>11}{'queries':>9}{'bytes':>10}{'gzip':>9}")
    for row in rows:
        print(
            f"{row['database']:<10}{row['page']:<16}{row['scale']:>5}×{row['ms']:>11}"
            f"{row['queries']:>9}{row['bytes']:>10,}{row['gzip']:>9,}"
        )
    path = RESULTS / f"render-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    facts = [{"database": one.kind, "scale": one.scale, **one.facts} for one in loaded]
    path.write_text(json.dumps({"databases": facts, "pages": rows}, indent=1) + "\n")
    print(f"\nWritten to {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
