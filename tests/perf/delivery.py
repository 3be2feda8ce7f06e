"""What it takes to tell everybody of one update: one worker, a relay and endpoints that swallow whatever they get.

Mails go as fast as they can, to PEOPLE subscribers. Meanwhile, both while it is found out who is told and while it
is sent, somebody from ops posts notes about another incident, as before it began. Then HOOKS endpoints are told of some
updates, in turn with and without one in a hundred that never answers: what is shown of these is how long after the
update the others are told.
"""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.perf.databases import ROOT, databases, working_directory
from tests.perf.results import bar, progress, write
from tests.perf.servers import Served, environment, gunicorn
from tests.perf.sink import Sink, sink
from tests.server import PASSWORD, manage

PEOPLE = int(os.environ.get("PEOPLE", "100000"))
HOOKS, HANGING = 200, 2
POSTS = 500
PAUSE = 0.05  # seconds between two of them
INCIDENTS = "/api/v1/status/incidents"
MOST_MB, MOST_TIMES, MOST_MORE = 300, 2.0, 1.1
PATIENCE = 3600.0  # seconds

_PREPARE = f"""
from django.contrib.auth.models import Group, User
from django.core.management import call_command
call_command("migrate", verbosity=0)
user = User.objects.create_user("ops", password="{PASSWORD}", is_staff=True)
user.groups.add(Group.objects.get(name="PLATFORM_OPS"))
"""
_PEOPLE = f"""
from tests.notify.situations import rows
for first in range(0, {PEOPLE}, 10_000):
    rows(f"person{{n}}@example.com" for n in range(first, min(first + 10_000, {PEOPLE})))
"""
_HOOKS = """
from tests.notify.situations import hook
for n in range({hooks}):
    hook(f"http://127.0.0.{{n % 250 + 1}}:{port}/{{'hangs' if n < {hanging} else 'hook'}}/{{n}}")
"""
_FORGET_ALL = "from incidents.models import Subscription; Subscription.objects.all().delete()"

type Figures = dict[str, Any]


def measure(scales: list[int], rounds: int) -> None:
    with databases() as urls, _desk(urls[-1]) as desk:  # PostgreSQL where there is one: who tells so many has it
        found = {"database": urlsplit(urls[-1]).scheme, **desk.mails()}
        report_mails(found)
        found |= desk.hooks(rounds)
        report_hooks(found)
    write("delivery", found)


class Desk:
    """A page with its worker, and somebody who posts updates."""

    def __init__(self, given: dict[str, str], served: Served, swallowed: Sink) -> None:
        self._given, self._sink = given, swallowed
        self._client = httpx.Client(base_url=served.url, timeout=60, trust_env=False)
        self._log_in()
        self._told, self._other = self._open("told"), self._open("other")

    def mails(self) -> Figures:
        progress(f"delivery: adding {PEOPLE:,} people")
        self._run(_PEOPLE)
        self._log_in()
        idle = self._latencies(lambda: True)
        self._post(self._told, notify=True)
        with self._worker() as worker:
            began = time.monotonic()
            busy = self._latencies(lambda: self._count("incidents_delivery") < PEOPLE)
            self._wait(lambda: self._count("incidents_delivery") >= PEOPLE)
            fanned_out, at = time.monotonic(), self._sink.mails
            busy += self._latencies(lambda: self._sink.mails < PEOPLE)
            self._wait(lambda: self._sink.mails >= PEOPLE)
            sent = time.monotonic()
            peak = _peak_mb(worker)
        self._run(_FORGET_ALL)
        return {
            "people": PEOPLE,
            "rows_per_second": round(PEOPLE / (fanned_out - began)),
            "mails_per_second": round((PEOPLE - at) / (sent - fanned_out)),
            "peak_mb": round(peak),
            "idle_p99_ms": _p99(idle),
            "busy_p99_ms": _p99(busy),
        }

    def hooks(self, rounds: int) -> Figures:
        found: dict[int, list[float]] = {0: [], HANGING: []}
        for number in range(rounds):
            for hanging, p95s in found.items():
                progress(f"delivery: hooks, round {number + 1} of {rounds}, {hanging} of {HOOKS} hang")
                self._run(_HOOKS.format(hooks=HOOKS, port=self._sink.hook_port, hanging=hanging))
                p95s.append(self._hooked(HOOKS - hanging))
                self._run(_FORGET_ALL)
        return {"hooks_p95_ms": round(median(found[0])), "hooks_p95_ms_beside_hanging": round(median(found[HANGING]))}

    def _hooked(self, expected: int) -> float:
        """The 95th of a hundred: milliseconds from the post until the endpoint is told."""
        self._log_in()
        with self._worker():
            time.sleep(3)  # it starts
            self._sink.hooks()
            times: list[float] = []
            for _ in range(3):
                self._post(self._told, notify=True)
                began = time.monotonic()
                came: list[float] = []
                while len(came) < expected and time.monotonic() - began < 60:
                    time.sleep(0.05)
                    came += self._sink.hooks()
                if len(came) < expected:
                    raise SystemExit(
                        f"{expected - len(came)} of {expected} endpoints that answer were not told in a minute."
                    )
                times += [1000 * (moment - began) for moment in came]
        return quantiles(times, n=20)[18]

    def _log_in(self) -> None:
        """For a quarter of an hour."""
        answer = self._client.post("/api/v1/auth/token", json={"username": "ops", "password": PASSWORD})
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access']}"

    def _latencies(self, goes_on: Any) -> list[float]:
        """Of posts that tell nobody, in milliseconds."""
        found = []
        for _ in range(POSTS):
            if not goes_on():
                break
            began = time.perf_counter()
            self._post(self._other, notify=False)
            found.append(1000 * (time.perf_counter() - began))
            time.sleep(PAUSE)
        return found

    def _open(self, title: str) -> str:
        body = {"title": title, "severity": "minor", "status": "investigating", "force": True, "notify": False}
        answer = self._client.post(INCIDENTS, json=body, headers={"Idempotency-Key": secrets.token_hex(8)})
        answer.raise_for_status()
        return str(answer.json()["data"]["id"])

    def _post(self, incident: str, *, notify: bool) -> None:
        body = {"message": "We are looking into it.", "status": "investigating", "notify": notify}
        headers = {"Idempotency-Key": secrets.token_hex(8)}
        self._client.post(f"{INCIDENTS}/{incident}/updates", json=body, headers=headers).raise_for_status()

    @contextmanager
    def _worker(self) -> Iterator[int]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], cwd=ROOT, env=self._given, stderr=subprocess.DEVNULL
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)

    def _run(self, code: str) -> None:
        manage(self._given, "shell", "-v0", "-c", code)

    def _count(self, table: str) -> int:
        from tests.server import Server

        ((count,),) = Server("", self._given, 0).query(f"SELECT count(*) FROM {table}")
        return int(count)

    def _wait(self, condition: Any) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > until:
                raise SystemExit("Not everybody was told.")
            progress(f"delivery: {self._sink.mails:,} of {PEOPLE:,} mails")
            time.sleep(0.5)


@contextmanager
def _desk(database: str) -> Iterator[Desk]:
    with working_directory() as directory, sink() as swallowed, ExitStack() as stack:
        given = _given(directory, database, swallowed)
        manage(given, "shell", "-v0", "-c", _PREPARE)
        yield Desk(given, stack.enter_context(gunicorn(given)), swallowed)


def _given(directory: Path, database: str, swallowed: Sink) -> dict[str, str]:
    return environment(directory, database) | {
        "EMAIL_URL": f"smtp://127.0.0.1:{swallowed.mail_port}",
        "HOOKS_PER_SECOND": "0",
        "MAILS_PER_SECOND": "0",
        "NOTIFICATION_HOLD": "0",
        "RATE_LIMITS": "false",
        "WEBHOOK_ALLOW_HTTP": "true",
        "WEBHOOK_ALLOW_PRIVATE": "127.0.0.0/8",
    }


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _p99(times: list[float]) -> float:
    return round(quantiles(times, n=100)[98], 1) if len(times) > 1 else 0.0


def report_mails(found: Figures) -> None:
    progress("")
    print(f"\nTelling {PEOPLE:,} people")
    columns = ("database", "rows/s", "mails/s", "peak MB", "p99 idle", "p99 busy")
    print("".join(f"{name:>11}" for name in columns))
    print("".join(f"{value:>11}" for name, value in found.items() if name != "people"))
    print()
    later = found["busy_p99_ms"] / found["idle_p99_ms"]
    bar(met=found["peak_mb"] <= MOST_MB, text=f"the worker needs {found['peak_mb']} MB at most (≤ {MOST_MB})")
    bar(met=later <= MOST_TIMES, text=f"a post meanwhile has {later:.1f} × the p99 (≤ {MOST_TIMES:g})")


def report_hooks(found: Figures) -> None:
    progress("")
    alone, beside = found["hooks_p95_ms"], found["hooks_p95_ms_beside_hanging"]
    text = f"1 % that hang: {beside / alone:.2f} × the p95 of the others, {alone} ms (< {MOST_MORE})"
    bar(met=beside / alone < MOST_MORE, text=text)
