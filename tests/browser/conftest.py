import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests import server

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["TEST_CHROMIUM"],
            # As root it has no sandbox; and it is not to look for its maker's servers.
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    with server.running(Path(tmp_path_factory.mktemp("browser"))) as running:
        yield running


@pytest.fixture
def phone(chromium: Browser, product: server.Server) -> Iterator[Page]:
    """A page on a phone. It fails the test when the console complains or anything comes from another host."""
    context = chromium.new_context(base_url=product.url, viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def watch(request: Request) -> None:
        if not request.url.startswith(product.url):
            complaints.append(request.url)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", watch)
    yield page
    context.close()
    assert complaints == []
