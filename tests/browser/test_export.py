"""The exported site in a browser, from the disk: no server, no request to another place, no complaint."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests import server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A product of its own: its open incident would be in the way of other tests."""
    with server.running(Path(tmp_path_factory.mktemp("broken"))) as running:
        yield running


@pytest.fixture(scope="module")
def export(broken: server.Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = Path(tmp_path_factory.mktemp("export")) / "site"
    with broken.ops() as client:
        key = {"X-Idempotency-Key": "api"}
        added = client.post("/status/v1/_admin/services", json={"slug": "api", "name": "API"}, headers=key)
        assert added.status_code == 201
        body = {"title": "Exported", "severity": "major", "status": "investigating", "affected_services": ["api"]}
        assert client.post("/api/v1/status/incidents", json=body).status_code == 201
    broken.manage("publish", "--to", str(out))
    return out


@pytest.fixture
def reader(chromium: Browser, export: Path) -> Iterator[Page]:
    """At the home page, without a network. Fails the test on a complaint or a request to anything but a file."""
    context = chromium.new_context(offline=True)
    page, complaints = context.new_page(), list[str]()

    def watch(request: Request) -> None:
        if not request.url.startswith(export.as_uri()):
            complaints.append(request.url)

    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.extend([request.url] if has_failed(request) else []))
    page.on("request", watch)
    page.goto((export / "index.html").as_uri())
    yield page
    context.close()
    assert complaints == []


def has_failed(request: Request) -> bool:
    """Who leaves a page has given up what it was still loading; that is no failure."""
    return request.failure != "net::ERR_ABORTED"


def test_links_lead_from_page_to_page_and_home_again(reader: Page) -> None:
    reader.get_by_role("link", name="Exported").first.click()
    expect(reader.get_by_role("heading", level=1)).to_contain_text("Exported")
    reader.get_by_role("link", name="API").first.click()
    expect(reader.get_by_role("heading", level=1)).to_contain_text("API")
    reader.get_by_role("link", name="History", exact=True).click()
    expect(reader.get_by_role("heading", level=2, name="Incidents and maintenance")).to_be_visible()
    reader.get_by_role("link", name="Current status").first.click()
    expect(reader.get_by_role("link", name="Exported").first).to_be_visible()


def test_the_style_sheet_is_there(reader: Page) -> None:
    assert reader.evaluate("document.styleSheets.length") == 1
    assert reader.evaluate("getComputedStyle(document.querySelector('.masthead')).display") != ""


def test_every_kind_of_page_opens(reader: Page, export: Path) -> None:
    """Of the months the last ones: they differ in nothing but their words."""
    months = set(export.rglob("history/*/*/index.html"))
    pages = [*(set(export.rglob("index.html")) - months), *sorted(months)[-3:]]
    assert len(pages) >= 5
    for page in pages:
        reader.goto(page.as_uri())
        expect(reader.get_by_role("heading", level=1).or_(reader.get_by_role("status")).first).to_be_visible()
