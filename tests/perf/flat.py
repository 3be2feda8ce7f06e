"""Whether the home page costs the same however long the history is, and how soon one update is seen.

In every round each server is hammered for a second, in an order of chance. The medians of the rounds are shown; what is
said of one beside another is the median of what it was in each round.
"""

import random
from contextlib import ExitStack
from statistics import median
from typing import Any

from tests.perf.databases import working_directory
from tests.perf.load import Contender
from tests.perf.results import bar, progress, write
from tests.perf.servers import Served, filled, gunicorn
from tests.perf.updates import ops

MOST = 0.05  # of difference in requests/s and p99
MOST_SECONDS = 1.0  # for what changed to be made anew
MOST_MB = 120
UPDATES = 5


def measure(scales: list[int], rounds: int) -> None:
    with ExitStack() as stack:
        directory = stack.enter_context(working_directory())
        found = {}
        for scale in scales:
            progress(f"growth: filling {scale}×")
            server = stack.enter_context(gunicorn(filled(directory / f"x{scale}", scale)))
            found[scale] = Contender(f"{scale}×", "200", server, "/")
            found[scale].round()
            found[scale].blows, found[scale].cpu = [], 0
        for number in range(rounds):
            progress(f"growth: round {number + 1} of {rounds}")
            for contender in random.sample(list(found.values()), len(found)):
                contender.round()
        progress("growth: updates")
        seen = {scale: _seen_after(contender.server) for scale, contender in found.items()}
        progress("")
        report(list(found.values()), {scale: round(after, 2) for scale, after in seen.items()})


def _seen_after(server: Served) -> float:
    """Seconds from the answer to an update until everything that tells of it has been made anew."""
    with ops(server) as editor:
        return median(editor.update()[1] for _ in range(UPDATES))


def report(contenders: list[Contender], seen: dict[int, float]) -> None:
    rows = [
        {**contender.result(), "scale": scale, "seen_after_s": after}
        for contender, (scale, after) in zip(contenders, seen.items(), strict=True)
    ]
    print("\nThe home page at more and more history")
    print(f"{'history':<9}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'CPU µs':>9}{'RSS MB':>8}{'PSS MB':>8}{'seen s':>8}")
    for row in rows:
        print(
            f"{row['server']:<9}{row['per_second']:>8,}{row['p50_ms']:>8}{row['p99_ms']:>8}{row['cpu_us']:>9}"
            f"{row['rss_mb']:>8}{row['pss_mb']:>8}{row['seen_after_s']:>8}"
        )
    print()
    least, most = contenders[0], contenders[-1]
    judge(most.name, most.beside(least, "per_second") - 1, most.beside(least, "p99") - 1, rows[-1])
    write("growth", rows)


def judge(name: str, faster: float, later: float, row: dict[str, Any]) -> None:
    seen, size = row["seen_after_s"], row["rss_mb"]
    bar(met=-faster < MOST, text=f"{name}: requests/s {faster:+.1%} (less than {MOST:.0%} worse)")
    bar(met=later < MOST, text=f"{name}: p99 {later:+.1%} (less than {MOST:.0%} worse)")
    bar(met=seen < MOST_SECONDS, text=f"{name}: an update is on every page after {seen} s (< {MOST_SECONDS:g})")
    bar(met=size <= MOST_MB, text=f"{name}: {size} MB (RSS) per web process (≤ {MOST_MB})")
