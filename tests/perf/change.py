"""What visitors notice of a change: in every round 16 clients hammer the home page twice, once in peace and once while
somebody posts an update. The medians of the rounds are shown.
"""

from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from tests.perf.databases import working_directory
from tests.perf.hammer import Blow, hammer
from tests.perf.results import bar, progress, write
from tests.perf.servers import filled, gunicorn
from tests.perf.updates import Ops, ops

SECONDS = 3.0
MOST_MS = 50  # that any answer takes longer than the median
MOST_SECONDS = 1.0  # until the change is seen


def measure(rounds: int) -> None:
    with working_directory() as directory, gunicorn(filled(directory / "1", 1)) as server, ops(server) as editor:
        hammer(server.url, {}, seconds=1)  # warms up
        found = []
        for number in range(rounds):
            progress(f"change: round {number + 1} of {rounds}")
            found.append({"in peace": hammer(server.url, {}, seconds=SECONDS)} | _changed(server.url, editor))
        progress("")
    report(found)


def _changed(url: str, editor: Ops) -> dict[str, Any]:
    with ThreadPoolExecutor(1) as clients:
        blow = clients.submit(hammer, url, {}, seconds=SECONDS)
        return {"seen": editor.update(), "during a change": blow.result()}


def report(found: list[dict[str, Any]]) -> None:
    print("\nThe home page while it changes")
    print(f"{'':<17}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'slowest':>8}{'errors':>8}")
    rows = [_row(name, [one[name] for one in found]) for name in ("in peace", "during a change")]
    for row in rows:
        print(
            f"{row['when']:<17}{row['per_second']:>8,}{row['p50_ms']:>8}{row['p99_ms']:>8}{row['slowest_ms']:>8}"
            f"{row['errors']:>8}"
        )
    print()
    home, everything = (median(after) for after in zip(*(one["seen"] for one in found), strict=True))
    later = rows[1]["slowest_ms"] - rows[1]["p50_ms"]
    bar(met=later <= MOST_MS, text=f"the slowest answer takes {later:.0f} ms more than the median (≤ {MOST_MS})")
    bar(met=not rows[1]["errors"], text=f"{rows[1]['errors']} requests failed (0)")
    bar(met=home < MOST_SECONDS, text=f"the home page shows it after {home:.2f} s (< {MOST_SECONDS:g})")
    bar(met=everything < MOST_SECONDS, text=f"so do its feed and its own page after {everything:.2f} s")
    write("change", {"rows": rows, "home_after_s": home, "everything_after_s": everything})


def _row(name: str, blows: list[Blow]) -> dict[str, Any]:
    return {
        "when": name,
        "per_second": round(median(blow.per_second for blow in blows)),
        "p50_ms": round(median(blow.p50 for blow in blows), 2),
        "p99_ms": round(median(blow.p99 for blow in blows), 2),
        "slowest_ms": round(median(blow.slowest for blow in blows), 2),
        "errors": sum(blow.errors for blow in blows),
    }
