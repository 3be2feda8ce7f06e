"""The home page under load, beside what cannot be beaten: a bare WSGI application that returns the same bytes and
headers under the same gunicorn, and nginx with the same bytes as a file.

In every round each kind of request is taken in turn, and all servers are hammered with it for a second each, one right
after the other, in orders of chance: so whatever else this machine does falls on all of them alike. Rounds are short
and many for the same reason. Of the rounds the medians are shown; what is said of one beside another is the median of
what it was in each round. CPU is the sum.
"""

import base64
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from tests.nginx.conftest import BROTLI, nginx
from tests.perf import processes
from tests.perf.databases import ROOT, working_directory
from tests.perf.hammer import WRK, Blow, hammer
from tests.perf.results import bar, progress, write
from tests.perf.servers import Served, filled, gunicorn
from tests.server import free_port
from tools.test import find_nginx

SECONDS = 1.0
UNABLE = "Django alone"  # to answer so many in time
UNABLE_SECONDS = 3.0
# Kind of request → its headers; the tag of a 304 is added when it is asked for, because the page moves with the time.
KINDS: dict[str, dict[str, str]] = {
    "200": {},
    "200 gzip": {"Accept-Encoding": "gzip"},
    "200 br": {"Accept-Encoding": "br"},
    "304": {},
    "200 close": {"Connection": "close"},
}
PLAIN_NGINX = """
server {{
    listen 127.0.0.1:{port};
    root {files};
    access_log {files}.log combined buffer=32k flush=1s;
    gzip_static on;
    gzip_vary on;
    {brotli}
}}
"""
# What must hold of a page: this, beside that, requests/s at least, p99 at most. Of the other kinds it is told.
BARS = [("ours", "bare WSGI", 0.90, 1.2), ("our nginx", "plain nginx", 0.90, None)]
BARRED = ("200", "200 close")
ALIKE = ("304", "200 gzip", "200 br")  # no slower than "200"


@dataclass
class Contender:
    """One server, asked for one kind of thing."""

    name: str
    kind: str
    server: Served
    path: str
    seconds: float = SECONDS
    blows: list[Blow] = field(default_factory=list)
    cpu: float = 0

    def round(self) -> None:
        headers = asked(self.server, self.path, self.kind)
        before = self.server.cpu
        self.blows.append(hammer(f"{self.server.url}{self.path}", headers, seconds=self.seconds))
        self.cpu += self.server.cpu - before

    def beside(self, other: "Contender", figure: str) -> float:
        """How many times the other's."""
        pairs = zip(self.blows, other.blows, strict=True)
        return float(median(getattr(ours, figure) / getattr(theirs, figure) for ours, theirs in pairs))

    @property
    def cpu_per_request(self) -> float:
        """Seconds."""
        return self.cpu / max(1, sum(blow.requests for blow in self.blows))

    def result(self) -> dict[str, Any]:
        return {
            "server": self.name,
            "kind": self.kind,
            "per_second": round(median(blow.per_second for blow in self.blows)),
            "p50_ms": round(median(blow.p50 for blow in self.blows), 2),
            "p99_ms": round(median(blow.p99 for blow in self.blows), 2),
            "cpu_us": round(self.cpu_per_request * 1e6, 1),
            "errors": sum(blow.errors for blow in self.blows),
            **processes.memory_mb(self.server.pid),
        }


def measure(scales: list[int], rounds: int) -> None:
    with working_directory() as directory, contenders(directory) as all_of_them:
        for contender in all_of_them:
            contender.round()  # warms up; not counted
            contender.blows, contender.cpu = [], 0
        for number in range(rounds):
            progress(f"load: round {number + 1} of {rounds}")
            for kind in random.sample(list(KINDS), len(KINDS)):
                those = [contender for contender in all_of_them if contender.kind == kind]
                for contender in random.sample(those, len(those)):
                    contender.round()
        progress("")
        report(all_of_them)


@contextmanager
def contenders(directory: Path) -> Iterator[list[Contender]]:
    given = filled(directory / "1", 1)
    with ExitStack() as stack:
        ours = stack.enter_context(gunicorn(given))
        recorded = directory / "recorded.json"
        recorded.write_text(json.dumps({f"/{kind}": _recorded(ours, kind) for kind in KINDS}))
        bare = stack.enter_context(gunicorn(given | {"RECORDED": str(recorded)}, "tests.perf.recorded"))
        unlayered = stack.enter_context(gunicorn(given, "tests.perf.unlayered"))
        found = [Contender("ours", kind, ours, "/") for kind in KINDS]
        found += [Contender("bare WSGI", kind, bare, f"/{kind.replace(' ', '%20')}") for kind in KINDS]
        found.append(Contender(UNABLE, "200", unlayered, "/", UNABLE_SECONDS))
        if find_nginx():
            found += _behind_nginx(stack, directory, given, ours)
        yield found


def _behind_nginx(stack: ExitStack, directory: Path, given: dict[str, str], ours: Served) -> Iterator[Contender]:
    files, port = directory / "files", free_port()
    command = [sys.executable, "manage.py", "publish", "--to", str(files), "--links", "rooted"]
    subprocess.run(command, cwd=ROOT, env=given, check=True, stdout=subprocess.DEVNULL)
    plain = directory / "plain"
    plain.mkdir()
    for file in files.glob("index.html*"):
        shutil.copy(file, plain / file.name.replace("index", "page"))
    brotli = "brotli_static on;" if BROTLI.exists() else ""
    extra = PLAIN_NGINX.format(port=port, files=plain, brotli=brotli)
    app_port = int(ours.url.rpartition(":")[2])
    front = stack.enter_context(nginx(directory / "nginx", files=files, app_at=app_port, extra=extra))
    shipped, bare = Served(front.url, front.pid), Served(f"http://127.0.0.1:{port}", front.pid)
    for name, server, path in (("our nginx", shipped, "/"), ("plain nginx", bare, "/page.html")):
        yield from (Contender(name, kind, server, path) for kind in KINDS)


def asked(server: Served, path: str, kind: str) -> dict[str, str]:
    if kind != "304":
        return KINDS[kind]
    held = server.get(path, **{"Accept-Encoding": "identity"})
    return {"If-None-Match": held.headers["ETag"]}


def _recorded(server: Served, kind: str) -> list[Any]:
    """Status, headers and the body as it goes over the wire."""
    headers = {"Accept-Encoding": "identity", **asked(server, "/", kind)}
    with httpx.stream("GET", f"{server.url}/", headers=headers, timeout=30, trust_env=False) as answer:
        body = b"".join(answer.iter_raw())
    own = ("server", "date", "connection")
    sent = [(name.title(), value) for name, value in answer.headers.items() if name not in own]
    return [f"{answer.status_code} {answer.reason_phrase}", sent, base64.b64encode(body).decode()]


def report(contenders: list[Contender]) -> None:
    rows = [contender.result() for contender in contenders]
    print(f"\nThe home page, 16 clients, {'wrk' if WRK else 'Python clients (install wrk for better figures)'}")
    columns = (("req/s", 8), ("p50 ms", 8), ("p99 ms", 8), ("CPU µs", 9), ("RSS MB", 8), ("PSS MB", 8), ("errors", 8))
    print(f"{'server':<14}{'kind':<11}" + "".join(f"{name:>{width}}" for name, width in columns))
    for row in rows:
        print(
            f"{row['server']:<14}{row['kind']:<11}{row['per_second']:>8,}{row['p50_ms']:>8}{row['p99_ms']:>8}"
            f"{row['cpu_us']:>9}{row['rss_mb']:>8}{row['pss_mb']:>8}{row['errors']:>8}"
        )
    print()
    judge({(contender.name, contender.kind): contender for contender in contenders})
    write("load", rows)


def judge(by: dict[tuple[str, str], Contender]) -> None:
    for (name, other_name, least, most), kind in product(BARS, KINDS):
        if (name, kind) not in by:
            continue
        one, other = by[name, kind], by[other_name, kind]
        faster, later = one.beside(other, "per_second"), one.beside(other, "p99")
        dearer = one.cpu_per_request / other.cpu_per_request
        bar(
            met=faster >= least and (most is None or later <= most) if kind in BARRED else None,
            text=f"{name} / {other_name}, {kind}: {faster:.2f} × the requests/s (≥ {least}), {later:.2f} × the p99"
            f"{f' (≤ {most})' if most else ''}, {dearer:.2f} × the CPU per request",
        )
    for kind in ALIKE:
        times = by["ours", kind].beside(by["ours", "200"], "per_second")
        bar(met=times >= 1, text=f"ours, {kind}: {times:.2f} × the requests/s of a plain 200 (≥ 1)")
    able = [contender for (name, _), contender in by.items() if name != UNABLE]
    failures = sum(blow.errors for contender in able for blow in contender.blows)
    bar(met=not failures, text=f"{failures} requests failed (0)")
