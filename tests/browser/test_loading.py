"""What a page does while it is loading."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Stage, Visit
from tests.browser.places import SCRIPTED, addresses, goto

pytestmark = pytest.mark.browser

_WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    window.shifts.push([one.value, ...one.sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? node?.data)]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
_FIRST_PAINT = "new Promise((done) => new PerformanceObserver(() => done()).observe({ type: 'paint', buffered: true }))"
_NEXT_PAINT = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def goto_with_a_late_script(page: Page, path: str) -> None:
    """It comes when the page has been painted without it, as on a bad connection."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/public*.js", hold)
    page.goto(path, wait_until="domcontentloaded")
    page.evaluate(_FIRST_PAINT)
    assert page.evaluate("document.documentElement.dataset.script") is None
    held[0].continue_()
    page.unroute("**/public*.js")
    page.wait_for_selector(SCRIPTED, state="attached")
    page.evaluate(_NEXT_PAINT)


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize(("scene", "zone"), [("outage", "Asia/Tokyo"), ("maintenance", "Etc/UTC")])
def test_nothing_moves(stage: Stage, visit: Visit, scene: str, zone: str, width: int) -> None:
    """Not even when the script adds times and buttons."""
    page = visit(stage(scene), viewport={"width": width, "height": 844}, timezone_id=zone)
    page.add_init_script(_WATCH)
    moved: dict[str, Any] = {}
    for path in addresses(stage(scene)):
        goto_with_a_late_script(page, path)
        moved[path] = page.evaluate("window.shifts")
    assert {path: shifts for path, shifts in moved.items() if shifts} == {}


def test_one_style_sheet_is_all_that_the_first_paint_waits_for(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"))
    for path in addresses(stage("outage")):
        goto(page, path)
        waited_for = page.evaluate(
            "performance.getEntriesByType('resource').filter((one) => one.renderBlockingStatus === 'blocking')"
            ".map((one) => new URL(one.name).pathname.replace(/\\.[0-9a-f]+\\./, '.'))"
        )
        assert waited_for == ["/static/public.css"], path
