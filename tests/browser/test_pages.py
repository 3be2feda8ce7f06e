"""Every page in every state, as a browser lays it out: its headline and its width."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage, Visit
from tests.browser.places import addresses, goto, unfold

pytestmark = pytest.mark.browser

HEADLINES = {
    "empty": "All Systems Operational",
    "one": "All Systems Operational",
    "down": "Major System Outage: API",
    "ok": "All Systems Operational",
    "degraded": "Partially Degraded Service: Search",
    "outage": "Partial System Outage",
    "maintenance": "Service Under Maintenance: File storage",
    "crowd": "Partial System Outage",
}


@pytest.mark.parametrize(("scene", "words"), HEADLINES.items())
def test_each_state_has_its_headline(stage: Stage, visit: Visit, scene: str, words: str) -> None:
    page = visit(stage(scene))
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    expect(page.get_by_role("status")).to_contain_text("as of")
    assert page.title() == f"{words} – Acme"


@pytest.mark.parametrize("scene", ["crowd", "outage", "maintenance", "empty"])
def test_nothing_scrolls_sideways_on_the_smallest_phone(stage: Stage, visit: Visit, scene: str) -> None:
    page = visit(stage(scene), viewport={"width": 320, "height": 700})
    for path in addresses(stage(scene)):
        goto(page, path)
        unfold(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_nothing_scrolls_sideways_at_200_percent(stage: Stage, visit: Visit) -> None:
    """A window of 1280 pixels at 200 % has room for 640, each drawn by two; and letters alone may be twice as big."""
    page = visit(stage("crowd"), viewport={"width": 640, "height": 450}, device_scale_factor=2)
    for path in addresses(stage("crowd")):
        for size in ("100%", "200%"):
            goto(page, path)
            page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
            assert page.evaluate("document.documentElement.scrollWidth") <= 640, (path, size)
