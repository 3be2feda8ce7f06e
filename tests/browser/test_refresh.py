"""An open page stays true by itself."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests import server
from tests.browser.conftest import PHONE, Visit
from tests.browser.places import goto
from tests.waiting import eventually

pytestmark = pytest.mark.browser

HALF_A_MINUTE = 29_000  # milliseconds, less the second in which a change is published


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A product of its own, in which things happen."""
    with server.running(Path(tmp_path_factory.mktemp("live"))) as running:
        running.manage("shell", "-v0", "-c", "from tests.browser.scenes import fill; fill('ok')")
        yield running


def report(live: server.Server, title: str) -> str:
    body = {"title": title, "severity": "major", "status": "investigating", "affected_services": ["cards"]}
    with live.ops() as client:
        incident = str(client.post("/api/v1/status/incidents", json=body).json()["data"]["id"])
        eventually(lambda: title in client.get("/").text)
    return incident


def tell(live: server.Server, incident: str, status: str, message: str) -> None:
    with live.ops() as client:
        told = client.post(f"/api/v1/status/incidents/{incident}/updates", json={"status": status, "message": message})
        assert told.status_code == 201, told.text
        eventually(lambda: message in client.get(f"/incidents/{incident}/").text and message in client.get("/").text)


def wait_half_a_minute(page: Page) -> None:
    page.clock.run_for(HALF_A_MINUTE)


def opened(page: Page, path: str) -> Page:
    """With a clock that stands still unless the test winds it."""
    now = datetime.now(UTC)
    page.clock.install(time=now)
    page.clock.pause_at(now + timedelta(seconds=1))
    goto(page, path)
    return page


def test_a_change_is_seen_within_half_a_minute_by_the_clock_on_the_wall(live: server.Server, visit: Visit) -> None:
    """With no clock but the browser's own, and nobody who touches the page."""
    page = visit(live)
    goto(page, "/")
    incident = report(live, "Seen in time")
    expect(page.get_by_role("link", name="Seen in time")).to_be_visible(timeout=30_000)
    tell(live, incident, "resolved", "It is over, and was seen in time.")


def test_an_open_page_follows_an_incident_from_its_beginning_to_its_end(live: server.Server, visit: Visit) -> None:
    home = opened(visit(live), "/")
    incident = report(live, "Cards are declined")
    wait_half_a_minute(home)
    expect(home.get_by_role("heading", level=1)).to_have_text("Minor Service Outage: Cards")
    expect(home.get_by_role("link", name="Cards are declined")).to_be_visible()
    expect(home).to_have_title(re.compile("^Minor Service Outage"))

    page = opened(visit(live), f"/incidents/{incident}/")
    for status in ("identified", "monitoring", "resolved"):
        tell(live, incident, status, f"Now it is {status}, as far as we know.")
        wait_half_a_minute(page)
        expect(page.locator(".timeline > li").first).to_contain_text(f"Now it is {status}")
        expect(page.locator(".steps [aria-current]")).to_contain_text(status.capitalize())

    wait_half_a_minute(home)
    expect(home.get_by_role("heading", level=1)).to_have_text("All Systems Operational")
    expect(home.locator(".day").first).to_contain_text("Cards are declined")


def test_a_refresh_leaves_focus_place_and_open_details_alone(live: server.Server, visit: Visit) -> None:
    page = opened(visit(live, viewport=PHONE), "/")
    page.locator("summary", has_text="Data").click()
    link = page.get_by_role("link", name="Reports", exact=True)
    link.focus()
    before = page.evaluate("[scrollY, document.activeElement.getBoundingClientRect().top]")
    incident = report(live, "Focus stays")
    wait_half_a_minute(page)
    expect(page.get_by_role("link", name="Focus stays")).to_be_attached()
    expect(link).to_be_focused()
    expect(link).to_be_visible()
    assert before[0] <= page.evaluate("scrollY")
    tell(live, incident, "resolved", "It is over, and focus stayed.")


def test_a_change_is_announced_and_a_minute_is_not(live: server.Server, visit: Visit) -> None:
    page = opened(visit(live), "/")
    wait_half_a_minute(page)
    wait_half_a_minute(page)
    expect(page.locator("#news")).to_be_empty()
    expect(page.locator(".headline")).to_have_attribute("aria-live", "off")
    incident = report(live, "Announced")
    wait_half_a_minute(page)
    expect(page.locator("#news")).to_have_text("This page has changed. Minor Service Outage: Cards")
    tell(live, incident, "resolved", "It is over, and was announced.")


def test_without_a_connection_the_page_says_that_it_stands_still(chromium: Browser, live: server.Server) -> None:
    page = opened(chromium.new_context(base_url=live.url).new_page(), "/")

    def fail(route: Route) -> None:
        route.abort()

    page.route("**/", fail)
    for _ in range(3):
        expect(page.locator("#offline")).to_be_hidden()
        with page.expect_event("requestfailed"):
            wait_half_a_minute(page)
    expect(page.locator("#offline")).to_be_visible()
    page.unroute("**/", fail)
    wait_half_a_minute(page)
    expect(page.locator("#offline")).to_be_hidden()
    page.context.close()
