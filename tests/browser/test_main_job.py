"""The main job, as a person does it: ops tell an incident on a phone, and page, API and feed tell the same story."""

import re
import time

import feedparser
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page, expect

from tests import server

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def api_service(product: server.Server) -> None:
    with product.ops() as client:
        key = {"X-Idempotency-Key": "api"}
        added = client.post("/status/v1/_admin/services", json={"slug": "api", "name": "API"}, headers=key)
    assert added.status_code == 201


def post_update(desk: Page, status: str, message: str) -> None:
    desk.get_by_role("radio", name=status).check()
    desk.get_by_label("Message").fill(message)
    desk.get_by_role("button", name="Post the update").click()
    if status == "Resolved":
        desk.get_by_role("button", name="Yes, resolve it").click()
    expect(desk.locator(".desk-timeline").get_by_text(message)).to_be_visible()


def is_shown(visitor: Page, text: str) -> None:
    """A change is on every page within a second; who has the page open looks again."""
    deadline = time.monotonic() + 10
    while text not in visitor.get_by_role("status").inner_text() and time.monotonic() < deadline:
        visitor.wait_for_timeout(200)
        visitor.reload()
    expect(visitor.get_by_role("status")).to_contain_text(text)


def told_everywhere(product: server.Server, incident: str) -> dict[str, str]:
    """What each surface says that the incident's status is."""
    with product.client() as public:
        page = BeautifulSoup(public.get(f"/incidents/{incident}/").text, "html.parser")
        feed = feedparser.parse(public.get("/history.rss").content)
        told = {
            "problem": public.get(f"/api/v1/status/incidents/{incident}").json()["data"]["status"],
            "envelope": public.get(f"/status/v1/incidents/{incident}").json()["data"]["status"],
            "page": page.select_one(".timeline strong"),
            "feed": BeautifulSoup(feed.entries[0].summary, "html.parser").strong,
        }
    return {surface: (said if isinstance(said, str) else said.text).lower() for surface, said in told.items()}


def told_within_seconds(product: server.Server, incident: str, status: str) -> set[str]:
    deadline = time.monotonic() + 10
    while (told := set(told_everywhere(product, incident).values())) != {status} and time.monotonic() < deadline:
        time.sleep(0.2)
    return told


def test_an_incident_from_open_to_resolved(desk: Page, product: server.Server) -> None:
    desk.get_by_role("link", name="Report an incident").click()
    desk.get_by_label("Title").fill("Requests fail")
    desk.get_by_role("radio", name="Major", exact=True).check()
    desk.get_by_role("button", name="API").click()
    desk.get_by_label("API", exact=True).select_option(label="Partial outage")
    desk.get_by_role("button", name="Publish it").click()
    desk.wait_for_url(re.compile(r"/incident/[a-z0-9]{12}/"))
    incident = re.search(r"/incident/([a-z0-9]{12})/", desk.url)
    assert incident

    visitor = desk.context.new_page()
    visitor.goto("/")
    is_shown(visitor, "API")
    expect(visitor.get_by_role("link", name="Requests fail").first).to_be_visible()

    for status in ("identified", "monitoring", "resolved"):
        post_update(desk, status.capitalize(), f"It is {status}, as far as we know.")
        assert told_within_seconds(product, incident[1], status) == {status}

    is_shown(visitor, "All Systems Operational")


def test_a_page_on_a_phone_never_scrolls_sideways(desk: Page) -> None:
    for path in ("/", "/history/", "/services/api/", "/admin/", "/admin/incidents/incident/add/"):
        desk.goto(path)
        assert desk.evaluate("document.documentElement.scrollWidth") <= 390, path
