"""What a page costs Django at 1, 10 and 100 times the history.

Each database is held by a process of its own. In every round each of them renders every page once, so that
whatever else this machine does falls on all of them alike; the medians of the rounds are shown.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from tests.perf.databases import ROOT, databases
from tests.perf.results import write

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


def measure(scales: list[int], rounds: int) -> None:
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
    facts = [{"database": one.kind, "scale": one.scale, **one.facts} for one in loaded]
    write("render", {"databases": facts, "pages": rows})
