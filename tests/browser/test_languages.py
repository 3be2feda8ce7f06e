"""A visitor chooses a language once, at the foot of a page, and walks on in it."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, Stage, Visit
from tests.browser.places import goto

pytestmark = pytest.mark.browser

NEXT_PAGES = ("Verlauf", "Abonnieren", "Datenschutz", "Aktueller Status")


def language(page: Page) -> str:
    return str(page.evaluate("document.documentElement.lang"))


def test_who_has_chosen_a_language_stays_in_it(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"))
    goto(page, "/history/")
    page.get_by_role("navigation", name="Language").get_by_role("link", name="Deutsch").click()
    page.wait_for_url("**/de/history/")
    for name in NEXT_PAGES:
        page.get_by_role("contentinfo").get_by_role("link", name=name, exact=True).click()
        page.wait_for_url("**/de/**")
        assert language(page) == "de"
    page.get_by_role("main").locator("article.story h3 a").first.click()
    page.wait_for_url("**/de/incidents/**")
    page.get_by_role("navigation", name="Sprache").get_by_role("link", name="English").click()
    page.wait_for_url(lambda url: "/de/" not in url)
    assert "/incidents/" in page.url
    assert language(page) == "en"


@pytest.mark.parametrize("prefix", ["/de/", "/fr/", "/zh-hans/"])
def test_a_page_refreshes_itself_in_its_language(stage: Stage, visit: Visit, prefix: str) -> None:
    page = visit(stage("ok"))
    page.clock.install()
    goto(page, prefix)
    with page.expect_response(lambda answer: answer.url.endswith(prefix)):
        page.clock.run_for(31_000)
    assert language(page) == prefix.strip("/")


@pytest.mark.parametrize("prefix", ["/de/", "/es/", "/fr/", "/zh-hans/"])
@pytest.mark.parametrize("path", ["", "history/", "subscribe/", "privacy/"])
def test_no_language_is_too_long_for_a_phone(stage: Stage, visit: Visit, prefix: str, path: str) -> None:
    page = visit(stage("outage"), viewport={"width": 320, "height": PHONE["height"]})
    goto(page, f"{prefix}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
