"""How long the desk takes for its pages when there is much: 10,000 incidents and 1,000,000 deliveries.

One member of platform ops, signed in, asks for each page in turn; the medians and the slowest of the
rounds are shown. `INCIDENTS` and `DELIVERIES` ask for other sizes.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.perf.databases import databases, working_directory
from tests.perf.results import bar, progress, write
from tests.perf.servers import environment, gunicorn
from tests.server import PASSWORD, manage, prepare

INCIDENTS = int(os.environ.get("INCIDENTS", "10000"))
DELIVERIES = int(os.environ.get("DELIVERIES", "1000000"))
MOST_MS = 300

PAGES = {
    "start page": "/admin/",
    "report an incident": "/admin/incidents/incident/add/",
    "an open incident": "{open}change/",
    "its details": "{open}details/",
    "its trail": "{open}history/",
    "incidents": "/admin/incidents/incident/",
    "incidents, page 80": "/admin/incidents/incident/?p=80",
    "incidents, found": "/admin/incidents/incident/?q=number+77",
    "maintenance": "/admin/incidents/maintenancewindow/",
    "calendar": "/admin/incidents/maintenancewindow/calendar/",
    "deliveries": "/admin/incidents/delivery/",
    "deliveries, page 100": "/admin/incidents/delivery/?p=100",
    "deliveries, failed": "/admin/incidents/delivery/?state__exact=dead",
    "deliveries, found": "/admin/incidents/delivery/?q=number+77",
    "a delivery": "{delivery}",
    "subscriptions": "/admin/incidents/subscription/",
    "audit trail": "/admin/incidents/auditentry/",
    "audit trail, found": "/admin/incidents/auditentry/?q=number+77",
    "services": "/admin/incidents/service/",
}

type Row = dict[str, Any]


def measure(scales: list[int], rounds: int) -> None:
    with working_directory() as directory, databases() as urls:
        given = environment(directory, urls[-1])  # PostgreSQL where there is one: who has so much, has it
        if urlsplit(urls[-1]).scheme == "sqlite":
            print("The desk is measured on PostgreSQL only.")
            return
        progress(f"desk: filling {INCIDENTS:,} incidents, {DELIVERIES:,} deliveries")
        prepare(given)
        manage(given, "shell", "-v0", "-c", f"from tests.perf.crowd import fill; fill({INCIDENTS}, {DELIVERIES})")
        with gunicorn(given) as served, _signed_in(served.url) as browser:
            rows = [_row(name, path, browser, rounds) for name, path in _paths(browser).items()]
    progress("")
    report(rows)


@contextmanager
def _signed_in(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60, trust_env=False, headers={"Referer": f"{url}/"}) as browser:
        page = browser.get("/admin/login/").text
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
        typed = {"username": "ops", "password": PASSWORD, "csrfmiddlewaretoken": token}
        assert browser.post("/admin/login/", data=typed).status_code == 302
        yield browser


def _paths(browser: httpx.Client) -> dict[str, str]:
    """With the addresses that the lists lead to."""
    found = {
        "open": _first(browser, "/admin/incidents/incident/", r"(/admin/incidents/incident/[a-z0-9]{12}/)change/"),
        "delivery": _first(browser, "/admin/incidents/delivery/", r"(/admin/incidents/delivery/[0-9a-f-]{36}/change/)"),
    }
    return {name: path.format(**found) for name, path in PAGES.items()}


def _first(browser: httpx.Client, page: str, pattern: str) -> str:
    return str(re.findall(pattern, browser.get(page).text)[0])


def _row(name: str, path: str, browser: httpx.Client, rounds: int) -> Row:
    progress(f"desk: {name}")
    times = []
    for _ in range(rounds + 1):  # the first warms up
        began = time.perf_counter()
        answer = browser.get(path, follow_redirects=True)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return {"page": name, "median_ms": round(median(times[1:]), 1), "slowest_ms": round(max(times[1:]), 1)}


def report(rows: list[Row]) -> None:
    print(f"\nThe desk at {INCIDENTS:,} incidents and {DELIVERIES:,} deliveries")
    print(f"{'page':<24}{'median ms':>11}{'slowest ms':>12}")
    for row in rows:
        print(f"{row['page']:<24}{row['median_ms']:>11}{row['slowest_ms']:>12}")
    print()
    for row in rows:
        bar(met=row["median_ms"] < MOST_MS, text=f"{row['page']}: {row['median_ms']} ms (< {MOST_MS})")
    write("desk", rows)
