"""How soon a visitor sees something, and what moves meanwhile: each kind of page during an outage, in Chromium.

On a desktop as this machine is, and on a phone as Lighthouse imagines it: a processor four times as slow, 1.6 Mbit/s
and 150 ms to the server and back. Each page is opened by somebody new, with nothing in the cache; the medians of the
rounds are shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests import server
from tests.browser.places import addresses
from tests.perf.databases import working_directory
from tests.perf.results import bar, progress, write
from tools.test import find_chromium

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SLOWER = 4  # times
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
GOOD_MS = 2500  # what web.dev calls a good largest paint

_WATCH = """
window.seen = { paint: 0, shift: 0 };
const watch = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
watch("largest-contentful-paint", (one) => { window.seen.paint = one.startTime; });
watch("layout-shift", (one) => { window.seen.shift += one.value; });
"""


@dataclass(frozen=True)
class Seen:
    """`paint`: milliseconds; `shift`: the sum of all shifts, without a unit."""

    paint: float
    shift: float


def measure(scales: list[int], rounds: int) -> None:
    chromium = find_chromium()
    if chromium is None:
        print("Paint is measured where there is a Chromium.")
        return
    with _outage() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        rows = [_row(browser, product.url, path, rounds) for path in addresses(product)]
        browser.close()
    progress("")
    report(rows)


@contextmanager
def _outage() -> Iterator[server.Server]:
    with working_directory() as directory:
        database = f"sqlite:///{directory / 'bench.sqlite3'}"
        with server.running(directory, DATABASE_URL=database, PAGE_NAME="Acme") as product:
            product.manage("shell", "-v0", "-c", "from tests.browser.scenes import fill; fill('outage')")
            yield product


def _row(browser: Browser, url: str, path: str, rounds: int) -> dict[str, Any]:
    progress(f"paint: {path}")
    desktop = [_seen(browser, f"{url}{path}", DESKTOP) for _ in range(rounds)]
    phone = [_seen(browser, f"{url}{path}", PHONE, is_slow=True) for _ in range(rounds)]
    return {
        "path": path,
        "desktop_ms": round(median(one.paint for one in desktop)),
        "phone_ms": round(median(one.paint for one in phone)),
        "shift": max(one.shift for one in (*desktop, *phone)),
    }


def _seen(browser: Browser, url: str, device: dict[str, Any], *, is_slow: bool = False) -> Seen:
    context = browser.new_context(**device)
    page = context.new_page()
    page.add_init_script(_WATCH)
    if is_slow:
        devtools = context.new_cdp_session(page)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        devtools.send("Network.emulateNetworkConditions", SLOW)
    page.goto(url, wait_until="networkidle")
    found = page.evaluate("window.seen")
    context.close()
    return Seen(**found)


def report(rows: list[dict[str, Any]]) -> None:
    print("\nThe largest paint, and what moves")
    print(f"{'page':<28}{'desktop ms':>11}{'phone ms':>10}{'shift':>8}")
    for row in rows:
        print(f"{row['path']:<28}{row['desktop_ms']:>11}{row['phone_ms']:>10}{row['shift']:>8}")
    print()
    slowest, moved = max(row["phone_ms"] for row in rows), max(row["shift"] for row in rows)
    bar(met=slowest <= GOOD_MS, text=f"on a slow phone it comes after {slowest} ms at the latest (≤ {GOOD_MS})")
    bar(met=moved == 0, text=f"layout shift {moved:g} (0)")
    write("paint", rows)
