"""What posting an update costs over HTTP, with an idempotency key, beside a bare DRF create of one row.

Both are served by gunicorn as the product is, with the same database options, each on a database of its own. Both know
their caller by a JWT and a row of the database. In every round each of them is asked for two seconds by 1, 8 and 32
clients in turn; the medians of the rounds are shown.
"""

import http.client
import json
import os
import random
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain, cycle
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from tests.perf.databases import PYTHON, ROOT, databases
from tests.perf.results import bar, write
from tests.server import free_port, static_files

CLIENTS = (1, 8, 32)
SECONDS = 2.0
AIM = 2.0  # times a bare create, at the median
USERS = 40  # who take turns, so that nobody meets the limit of requests, which is counted all the same
BODY = json.dumps({"message": "We are looking into it.", "status": "investigating"})

LEGEND = """
ours: JWT, roles, limits, an idempotency key, the state machine, six rows in one transaction (update, audit, event …)
bare: the middleware of startproject, JWT of a user in the database, a serializer, one row in one transaction
"""

type Figures = dict[str, float]


class Served:
    """A Django project under gunicorn, migrated."""

    settings: str
    application: str
    migrate: tuple[str, ...] = ()
    group = ""

    def __init__(self, database: str) -> None:
        self.kind, self.port = urlsplit(database).scheme, free_port()
        self.directory = TemporaryDirectory(prefix="statussite-bench-")
        self.environment = {
            **os.environ,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": self.settings,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            "PORT": str(self.port),
            "PUBLISHED_DIR": self.directory.name,
            "STATIC_ROOT": static_files().name,
        }
        self.manage("migrate", "-v0", *self.migrate)
        tokens = self.manage("shell", "-v0", "-c", _ADD_USERS.format(users=USERS, group=self.group))
        self.tokens = cycle(tokens.split())
        self.process = subprocess.Popen(
            [PYTHON, "-m", "gunicorn", "-c", "statussite/gunicorn.py", self.application],
            cwd=ROOT,
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        self.wait()

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "django", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def wait(self) -> None:
        for _ in range(600):
            try:
                return self.connect().connect()
            except OSError:
                time.sleep(0.1)
        sys.exit(f"{self.settings} did not start.")

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, client: int, connection: http.client.HTTPConnection) -> object:
        raise NotImplementedError

    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json", "Authorization": f"Bearer {next(self.tokens)}"}

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.directory.cleanup()


class Product(Served):
    settings = "statussite.settings"
    application = "statussite.wsgi"
    group = "PLATFORM_OPS"

    def __init__(self, database: str) -> None:
        super().__init__(database)
        new = {"title": "Slow", "severity": "minor", "status": "investigating"}
        opened = [self.post("/api/v1/status/incidents", json.dumps(new)) for _ in range(max(CLIENTS))]
        self.incidents = [one["data"]["id"] for one in opened]

    def post(self, path: str, body: str, connection: http.client.HTTPConnection | None = None) -> dict[str, Any]:
        headers = {**self.headers(), "X-Idempotency-Key": str(uuid.uuid4())}
        return answer(connection or self.connect(), path, body, headers)

    def ask(self, client: int, connection: http.client.HTTPConnection) -> object:
        return self.post(f"/api/v1/status/incidents/{self.incidents[client]}/updates", BODY, connection)


class Bare(Served):
    settings = "tests.perf.bare.settings"
    application = "tests.perf.unlayered"
    migrate = ("--run-syncdb",)

    def ask(self, client: int, connection: http.client.HTTPConnection) -> object:
        return answer(connection, "/notes", BODY, self.headers())


_ADD_USERS = """
from django.contrib.auth.models import Group, User
from rest_framework_simplejwt.tokens import AccessToken
for number in range({users}):
    user = User.objects.create_user(f"user-{{number}}")
    user.groups.set(Group.objects.filter(name="{group}"))
    print(AccessToken.for_user(user))
"""


def answer(connection: http.client.HTTPConnection, path: str, body: str, headers: dict[str, str]) -> dict[str, Any]:
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    content = response.read()
    if response.status not in (200, 201):
        sys.exit(f"{path} answers {response.status}: {content[:200]!r}")
    found: dict[str, Any] = json.loads(content)
    return found


@dataclass
class Cell:
    """So many clients on one of the two."""

    served: Served
    clients: int
    rounds: list[Figures]

    def run(self) -> None:
        deadline = time.perf_counter() + SECONDS
        began = time.perf_counter()
        with ThreadPoolExecutor(self.clients) as pool:
            of_each = pool.map(lambda client: self._ask_until(deadline, client), range(self.clients))
            times = sorted(chain.from_iterable(of_each))
        elapsed = time.perf_counter() - began
        percentiles = quantiles(times, n=100)
        self.rounds.append({"p50": percentiles[49], "p99": percentiles[98], "rate": len(times) / elapsed})

    def _ask_until(self, deadline: float, client: int) -> list[float]:
        """Milliseconds of each request."""
        times = []
        with closing(self.served.connect()) as connection:
            while (start := time.perf_counter()) < deadline:
                self.served.ask(client, connection)
                times.append((time.perf_counter() - start) * 1000)
        return times

    def median(self) -> Figures:
        return {name: round(median(one[name] for one in self.rounds), 1) for name in ("p50", "p99", "rate")}


def measure(rounds: int) -> None:
    with ExitStack() as stack:
        cells = []
        for kind in (Product, Bare):
            for database in stack.enter_context(databases()):
                served = kind(database)
                stack.callback(served.stop)
                cells += [Cell(served, clients, []) for clients in CLIENTS]
        for _ in range(rounds):
            for cell in random.sample(cells, len(cells)):
                cell.run()
        report(cells)


def report(cells: list[Cell]) -> None:
    print(LEGEND)
    columns = "".join(f"{name:>10}" for name in ("p50 ms", "p99 ms", "req/s"))
    print(f"{'POST update':<12}{'clients':>8}{columns}   beside a bare create{columns}{'p50 ratio':>11}")
    rows = [_compared(cell, other) for cell, other in _pairs(cells)]
    for row in rows:
        ours, bare = (("".join(f"{row[who][name]:>10}" for name in ("p50", "p99", "rate"))) for who in ("ours", "bare"))
        print(f"{row['database']:<12}{row['clients']:>8}{ours}{'':>23}{bare}{row['ratio']:>10}×")
    for row in rows:
        name = f"{row['database']}, {row['clients']} clients"
        bar(met=row["ratio"] <= AIM, text=f"{name}: {row['ratio']} × a bare create at the median (aim: ≤ {AIM:g} ×)")
    write("writes", rows)


def _pairs(cells: list[Cell]) -> Iterator[tuple[Cell, Cell]]:
    """Ours beside the bare one of the same database and number of clients."""
    half = len(cells) // 2
    yield from zip(cells[:half], cells[half:], strict=True)


def _compared(ours: Cell, bare: Cell) -> dict[str, Any]:
    figures = {"ours": ours.median(), "bare": bare.median()}
    ratio = round(figures["ours"]["p50"] / figures["bare"]["p50"], 1)
    return {"database": ours.served.kind, "clients": ours.clients, **figures, "ratio": ratio}
