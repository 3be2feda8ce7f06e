"""Subscribing as people do it: without JavaScript, on a phone, from the page to the mailbox and back."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import server
from tests.browser.conftest import PHONE
from tests.notify.test_for_real import mails, workers
from tests.smtp import Relay, relaying
from tests.waiting import eventually

pytestmark = pytest.mark.browser

INCIDENT = {"title": "Checkout is slow", "severity": "minor", "status": "investigating", "affected_services": ["shop"]}


@pytest.fixture(scope="module")
def relay(product: server.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """What the product's worker mails."""
    with relaying() as found, workers(product, found, 1, Path(tmp_path_factory.mktemp("worker")) / "log"):
        yield found


@pytest.fixture(scope="module")
def incident(product: server.Server) -> str:
    with product.ops() as client:
        shop, key = {"slug": "shop", "name": "Shop"}, {"X-Idempotency-Key": "shop"}
        assert client.post("/status/v1/_admin/services", json=shop, headers=key).status_code == 201
        found = str(client.post("/api/v1/status/incidents", json=INCIDENT).json()["data"]["id"])
        eventually(lambda: client.get(f"/incidents/{found}/").status_code == 200)
        return found


@pytest.fixture(params=["light", "dark"])
def plain(request: pytest.FixtureRequest, chromium: Browser, product: server.Server) -> Iterator[Page]:
    """A phone without JavaScript."""
    options: Any = {"viewport": PHONE, "java_script_enabled": False, "color_scheme": request.param}
    context = chromium.new_context(base_url=product.url, **options)
    yield context.new_page()
    context.close()


def link_in(relay: Relay, address: str) -> str:
    """Where the newest mail to the address leads."""
    before = len([mail for mail in relay.received if address not in mail.recipients])
    mails(relay, before + 1)
    (mail,) = (mail for mail in relay.received if address in mail.recipients)
    (link,) = re.findall(r"\S+/subscriptions/confirm/\S+", mail.body("plain"))
    return str(link)


def test_following_an_incident_from_its_page_to_the_last_click(plain: Page, incident: str, relay: Relay) -> None:
    address = f"ann{len(relay.received)}@example.com"
    plain.goto(f"/incidents/{incident}/")
    plain.get_by_role("link", name="Subscribe to this incident").click()
    expect(plain.get_by_role("checkbox", name="Checkout is slow")).to_be_checked()
    expect(plain.get_by_label("Address to post to")).to_be_hidden()
    plain.get_by_label("Your e-mail address").fill(address)
    plain.get_by_role("button", name="Subscribe", exact=True).click()
    expect(plain.get_by_role("heading", name="Look into your mailbox")).to_be_visible()

    plain.goto(link_in(relay, address))
    plain.get_by_role("button", name="Yes, subscribe me").click()
    expect(plain.get_by_role("status")).to_have_text("You are subscribed.")
    expect(plain.get_by_role("checkbox", name="Checkout is slow")).to_be_checked()

    plain.get_by_role("checkbox", name="Shop").check()
    plain.get_by_role("radio", name="Once a day", exact=True).check()
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_role("status")).to_have_text("Saved.")
    expect(plain.get_by_role("checkbox", name="Shop")).to_be_checked()

    plain.get_by_role("button", name="Unsubscribe").click()
    expect(plain.get_by_role("heading", name="You are unsubscribed")).to_be_visible()


def test_a_webhook_is_corrected_confirmed_and_shows_its_secret_once(plain: Page, relay: Relay) -> None:
    address = f"bob{len(relay.received)}@example.com"
    plain.goto("/subscribe/")
    plain.get_by_role("radio", name="Webhook").check()
    expect(plain.get_by_role("radio", name="Once a day", exact=True)).to_be_hidden()
    plain.get_by_label("Address to post to").fill("https://10.0.0.1/hook")
    plain.get_by_label("Your e-mail address").fill(address)
    plain.get_by_role("button", name="Subscribe", exact=True).click()
    expect(plain.get_by_text("Nothing may be sent to this host.")).to_be_visible()
    expect(plain.get_by_label("Your e-mail address")).to_have_value(address)

    plain.get_by_label("Address to post to").fill("https://1.1.1.1/hook")
    plain.get_by_role("button", name="Subscribe", exact=True).click()
    plain.goto(link_in(relay, address))
    expect(plain.get_by_text("1.1.1.1")).to_be_visible()
    plain.get_by_role("button", name="Yes, subscribe me").click()
    first = plain.locator("code").inner_text()
    assert first.startswith("whsec_")

    plain.get_by_role("button", name="Make a new secret").click()
    expect(plain.locator("code")).not_to_have_text(first)
    plain.reload()
    expect(plain.locator("code")).to_have_count(0)


def test_no_channel_makes_the_form_scroll_sideways(phone: Page) -> None:
    phone.goto("/subscribe/")
    for channel in ("E-mail", "Webhook", "Slack", "Microsoft Teams"):
        phone.get_by_role("radio", name=channel).check()
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], channel
