"""Somebody sets up a second factor on a phone, loses the app, and gets in by a recovery code."""

from base64 import b32decode

import pytest
from axe_playwright_python.sync_playwright import Axe
from django_otp.oath import totp
from playwright.sync_api import Page, expect

from tests.browser.screenshots import sign_in

pytestmark = pytest.mark.browser


def finds_nothing(page: Page) -> bool:
    found = Axe().run(page).response["violations"]
    assert found == [], [one["id"] for one in found]
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth") is True


def test_from_scanning_to_a_recovery_code(desk: Page) -> None:
    desk.get_by_role("link", name="Second factor").click()
    expect(desk.locator("svg.desk-qr")).to_be_visible()
    assert finds_nothing(desk)
    key = b32decode(desk.locator(".desk-key").inner_text().replace(" ", ""))
    desk.get_by_label("Code").fill(f"{totp(key):06}")
    desk.get_by_role("button", name="Turn it on").click()
    codes = desk.locator(".desk-codes code")
    expect(codes).to_have_count(10)
    assert finds_nothing(desk)
    spare = codes.first.inner_text()
    desk.get_by_role("link", name="I have them").click()
    desk.get_by_role("button", name="Log out").click()

    desk.goto("/admin/")
    sign_in(desk)
    assert finds_nothing(desk)
    desk.get_by_label("Code").fill("000000")
    desk.get_by_role("button", name="Log in").click()
    expect(desk.get_by_text("That code is not right")).to_be_visible()
    desk.get_by_label("Code").fill(spare)
    desk.get_by_role("button", name="Log in").click()
    expect(desk.get_by_role("link", name="Report an incident")).to_be_visible()
