"""The embedded product on a database of the kind that DATABASE_URL names: worker, writers, readers, subscribers."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests import server
from tests.cluster.people import at_work, reading
from tests.perf.processes import family
from tests.perf.results import bar, progress
from tests.smtp import relaying

INCIDENTS = "/api/v1/status/incidents"
TOKEN_LASTS = 600.0  # seconds
STEPS = ("identified", "monitoring", "resolved")
PAGES = ["/", "/history/", "/history.rss", "/api/v2/summary.json", "/api/v1/status/overview"]
MOST_GROWTH, MOST_MORE_FILES, MOST_WAL, OLDEST = 0.05, 5, 64.0, 10.0  # of memory; files; MB; seconds
_PEOPLE = "from tests.notify.situations import rows; rows(f'ann{n}@example.com' for n in range(5))"


@dataclass(frozen=True)
class Sample:
    memory: float  # MB, of all processes
    files: int
    wal: float  # MB
    queue_age: float


def soak(seconds: float) -> int:
    with TemporaryDirectory() as name, everything(Path(name)) as (product, worker):
        failures: list[str] = []
        readers = [reading(product, PAGES, failures, []) for _ in range(4)]
        with at_work(*readers, writing(product, failures)):
            samples = list(watch(product, worker, Path(name), seconds))
    return judge(samples, failures)


@contextmanager
def everything(directory: Path) -> Iterator[tuple[server.Server, int]]:
    with relaying() as relay:
        told: dict[str, Any] = {"EMAIL_URL": relay.url, "METRICS_ALLOWED": "127.0.0.0/8", "NOTIFICATION_HOLD": "0"}
        with server.running(directory, workers=2, **told) as product:
            product.manage("shell", "-v0", "-c", _PEOPLE)
            with (directory / "worker.log").open("wb") as log:
                command = [sys.executable, "manage.py", "worker"]
                worker = subprocess.Popen(command, cwd=server.ROOT, env=product.environment, stdout=log, stderr=log)
            try:
                yield product, worker.pid
            finally:
                worker.terminate()
                worker.wait(40)


def writing(product: server.Server, failures: list[str]) -> Callable[[threading.Event], None]:
    """One incident after the other, from its beginning to its end."""

    def write(over: threading.Event) -> None:
        while not over.is_set():
            renew = time.monotonic() + TOKEN_LASTS
            with product.ops() as ops:
                while time.monotonic() < renew and not over.is_set():
                    tell(ops, over, failures)

    return write


def tell(ops: httpx.Client, over: threading.Event, failures: list[str]) -> None:
    given = {"title": "Broken", "severity": "minor", "status": "investigating", "force": True}
    answers = [ops.post(INCIDENTS, json=given)]
    for status in STEPS:
        over.wait(1)
        path = f"{INCIDENTS}/{answers[0].json()['data']['id']}/updates"
        answers.append(ops.post(path, json={"status": status, "message": f"Now {status}."}))
    failures += [f"{answer.status_code} {answer.text[:200]}" for answer in answers if answer.status_code != 201]


def watch(product: server.Server, worker: int, directory: Path, seconds: float) -> Iterator[Sample]:
    began = time.monotonic()
    with product.client() as client:
        while (elapsed := time.monotonic() - began) < seconds:
            progress(f"{elapsed:.0f} of {seconds:.0f} s")
            pids = [*family(product.pid), *family(worker)]
            wal = directory / "status.sqlite3-wal"
            yield Sample(
                memory=sum(map(resident, pids)),
                files=sum(map(open_files, pids)),
                wal=wal.stat().st_size / 1e6 if wal.exists() else 0.0,
                queue_age=queue_age(client),
            )
            time.sleep(min(5.0, seconds / 50))


def resident(pid: int) -> float:
    with suppress(FileNotFoundError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
    return 0.0


def open_files(pid: int) -> int:
    with suppress(FileNotFoundError):
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return 0


def queue_age(client: httpx.Client) -> float:
    (age,) = re.findall(r"^statussite_queue_age_seconds (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return float(age)


def judge(samples: list[Sample], failures: list[str]) -> int:
    """The last fifth beside the second: in the first, everything is still being filled."""
    fifth = max(1, len(samples) // 5)
    early, late = samples[fifth : 2 * fifth], samples[-fifth:]
    growth = mean(s.memory for s in late) / mean(s.memory for s in early) - 1
    more = max(s.files for s in late) - max(s.files for s in early)
    wal, oldest = max(s.wal for s in samples), max(s.queue_age for s in samples)
    found = [
        (
            growth < MOST_GROWTH,
            f"memory grows by less than {MOST_GROWTH:.0%}: {growth:+.1%} of {early[0].memory:.0f} MB",
        ),
        (more <= MOST_MORE_FILES, f"no more than {MOST_MORE_FILES} more open files: {more:+d}"),
        (wal < MOST_WAL, f"the write-ahead log stays below {MOST_WAL:.0f} MB: {wal:.1f}"),
        (oldest < OLDEST, f"no message waits for {OLDEST:.0f} s: {oldest:.1f}"),
        (not failures, f"no request fails: {len(failures)} {failures[:3]}"),
    ]
    for met, text in found:
        bar(met=met, text=text)
    return 0 if all(met for met, _ in found) else 1
