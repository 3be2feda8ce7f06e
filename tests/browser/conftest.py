import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests import server
from tests.browser.screenshots import sign_in
from tests.waiting import eventually

# Playwright leaves its event loop in this thread; the next tests of this process are as synchronous as ever.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PHONE = {"width": 390, "height": 844}

MISSING = "/nothing-here/"  # the console says so when a page is not there, which here is meant

type Stage = Callable[[str], server.Server]
type Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["TEST_CHROMIUM"],
            # As root it has no sandbox; and it is not to look for its maker's servers.
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """Of this module alone: what another one left open would change the headline."""
    with server.running(Path(tmp_path_factory.mktemp("browser"))) as running:
        yield running


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The product showing one of the scenes, started at most once."""
    with ExitStack() as stack:

        @cache
        def started(scene: str) -> server.Server:
            directory = Path(tmp_path_factory.mktemp(scene))
            running = stack.enter_context(server.running(directory, PAGE_NAME="Acme", WEB_CONCURRENCY="1"))
            running.manage("shell", "-v0", "-c", f"from tests.browser.scenes import fill; fill('{scene}')")
            wait_until_shown(running)
            return running

        yield started


def wait_until_shown(running: server.Server) -> None:
    """The page holds what the database holds."""
    (counter,) = running.query("SELECT COUNT(*) FROM incidents_service WHERE is_public")[0]
    with running.client() as client:
        eventually(lambda: client.get("/").text.count('<li class="service">') == counter)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Opens a page for a new visitor: visit(server, color_scheme="dark"). The test fails when the console complains or
    anything comes from another host."""
    with ExitStack() as stack:
        yield lambda where, **options: stack.enter_context(visitor(chromium, where.url, **options))


@pytest.fixture
def phone(chromium: Browser, product: server.Server) -> Iterator[Page]:
    with visitor(chromium, product.url, viewport=PHONE, has_touch=True) as page:
        yield page


@contextmanager
def visitor(chromium: Browser, url: str, **options: Any) -> Iterator[Page]:
    context = chromium.new_context(base_url=url, **options)
    page = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith(MISSING):
            complaints.append(message.text)

    def watch(request: Request) -> None:
        if not request.url.startswith(url):
            complaints.append(request.url)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", watch)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def desk(phone: Page) -> Page:
    """Signed in as ops, at the start page."""
    phone.goto("/admin/")
    sign_in(phone)
    return phone
