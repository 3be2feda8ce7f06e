"""The banner on somebody else's page, whose content security policy allows script and frame, and nothing else."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests import server
from tests.waiting import eventually

pytestmark = pytest.mark.browser

XSS = "<img src=x onerror=alert(1)> Checkout fails"


class Shop(BaseHTTPRequestHandler):
    """Another origin. A browser lets only what is on this machine itself ask for what is on it."""

    policy = markup = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", self.policy)
        self.end_headers()
        icon = '<link rel="icon" href="data:,">'
        self.wfile.write(f"<!doctype html><title>Shop</title>{icon}<h1>Shop</h1>{self.markup}".encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def uncached(route: Route) -> None:
    """Its ten seconds in the browser's cache are real ones, whatever the page's clock says."""
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "cache-control": "no-store"})


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """One of its own: another test's incident would be on its banner."""
    with server.running(Path(tmp_path_factory.mktemp("embedded"))) as running:
        yield running


@pytest.fixture
def shop(chromium: Browser, product: server.Server) -> Iterator[Callable[[str], Page]]:
    """Opens their page with something embedded. It fails the test when the console complains."""
    context = chromium.new_context(viewport={"width": 390, "height": 400})
    page = context.new_page()
    page.route("**/embed*", uncached)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    Shop.policy = f"default-src 'none'; img-src data:; script-src {product.url}; frame-src {product.url}"
    with HTTPServer(("127.0.0.1", 0), Shop) as theirs:
        threading.Thread(target=theirs.serve_forever, daemon=True).start()

        def open_with(markup: str) -> Page:
            Shop.markup = markup
            page.goto(f"http://127.0.0.1:{theirs.server_port}/")
            return page

        yield open_with
        context.close()
        theirs.shutdown()
    assert complaints == []


@pytest.fixture
def broken(product: server.Server) -> Iterator[Callable[[], None]]:
    """An incident is open, and published; `broken()` takes it away."""

    def is_told() -> list[bool]:
        with product.client() as visitor:
            return ["Checkout fails" in visitor.get(path).text for path in ("/embed/", "/embed.js")]

    with product.ops() as ops:
        body = {"force": True, "title": XSS, "severity": "major", "status": "investigating"}
        answer = ops.post("/api/v1/status/incidents", json=body)
        assert answer.status_code == 201, answer.text
        incident = f"/api/v1/status/incidents/{answer.json()['data']['id']}"
        eventually(lambda: all(is_told()), within=20)

        def take_away() -> None:
            ops.delete(incident).raise_for_status()
            eventually(lambda: not any(is_told()), within=20)

        yield take_away
        if ops.get(incident).status_code == 200:
            take_away()


@pytest.fixture
def script(product: server.Server) -> str:
    return f'<script src="{product.url}/embed.js"></script>'


def test_the_script_adds_nothing_while_all_is_well(shop: Callable[[str], Page], script: str) -> None:
    page = shop(script)
    expect(page.get_by_role("heading")).to_be_visible()
    expect(page.locator("#status-banner")).to_have_count(0)


def test_the_script_shows_what_is_wrong_until_it_is_closed(
    shop: Callable[[str], Page], script: str, broken: object, product: server.Server
) -> None:
    page = shop(script)
    banner = page.get_by_role("status")
    expect(banner).to_contain_text(XSS)
    assert str(banner.get_by_role("link").get_attribute("href")).startswith(f"{product.url}/incidents/")
    assert banner.evaluate("box => getComputedStyle(box).display") == "flex"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#status-banner")).to_have_count(0)


def test_a_page_that_stays_open_is_told_when_it_is_over(
    shop: Callable[[str], Page], script: str, broken: Callable[[], None]
) -> None:
    page = shop(script)
    expect(page.locator("#status-banner")).to_have_count(1)
    page.clock.install()
    page.reload()
    expect(page.locator("#status-banner")).to_have_count(1)
    broken()
    page.clock.run_for(61_000)
    expect(page.locator("#status-banner")).to_have_count(0)
    expect(page.locator("head script")).to_have_count(0)


def test_the_frame_shows_what_is_wrong_and_is_clear_otherwise(
    shop: Callable[[str], Page], broken: Callable[[], None], product: server.Server
) -> None:
    page = shop(f'<iframe src="{product.url}/embed/" title="Service status"></iframe>')
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("status")).to_contain_text(XSS)
    assert frame.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgba(0, 0, 0, 0)"
    broken()
    page.reload()
    expect(frame.locator("body")).to_have_text("")
