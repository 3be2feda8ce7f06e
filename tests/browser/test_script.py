"""What the script adds to pages that are complete without it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Stage, Visit

pytestmark = pytest.mark.browser


def at(page: Page) -> str:
    """The day that the strip in focus tells."""
    return str(page.locator(".strip [aria-selected]").get_attribute("aria-label"))


def test_a_strip_is_one_stop_and_arrows_move_through_its_days(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"))
    page.goto("/services/cards/")
    # Three in the first hour of a day, because the outage began 58 minutes ago.
    strip = page.get_by_role("listbox", name=re.compile("^Cards in the last 90 days: .* uptime, trouble on [23] days$"))
    page.get_by_role("link", name="Subscribe to this service").focus()
    page.keyboard.press("Tab")
    expect(strip).to_be_focused()
    expect(page.locator(".tip")).to_contain_text("major outage")
    today = at(page)
    page.keyboard.press("ArrowLeft")
    assert at(page) != today
    page.keyboard.press("End")
    assert at(page) == today
    page.keyboard.press("Home")
    expect(page.locator(".strip i").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".strip i").nth(7)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_have_count(0)
    expect(strip).to_be_focused()


def test_a_tip_leads_to_the_incidents_of_its_day(stage: Stage, visit: Visit) -> None:
    """On the home page the day is long past: what happened is looked up on the service's own page."""
    page = visit(stage("outage"))
    page.goto("/")
    page.locator(".strip", has=page.locator("[aria-label*=' partial outage, 18 minutes']")).focus()
    page.keyboard.press("Home")
    for _ in range(13):
        if "18 minutes" in at(page):
            break
        page.keyboard.press("ArrowRight")
    link = page.locator(".tip").get_by_role("link", name="Some card payments are declined")
    expect(link).to_be_visible()
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".strip:focus")).to_have_count(1)
    expect(page.locator(".tip")).to_have_count(0)


def test_a_pointer_shows_a_day_and_may_go_over_to_its_links(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"))
    page.goto("/")
    page.locator(
        "[aria-label*='partial outage, 71 minutes'], [aria-label*='partial outage, 1 hour 11 minutes']"
    ).hover()
    link = page.locator(".tip").get_by_role("link", name="Some people cannot sign in")
    link.hover()
    expect(link).to_be_visible()
    page.locator("h1").hover()
    expect(page.locator(".tip")).to_have_count(0)


def test_a_finger_opens_a_day_and_closes_it_elsewhere(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"), viewport=PHONE, has_touch=True)
    page.goto("/services/cards/")
    assert page.locator(".strip i:visible").count() == 30
    page.locator(".strip i").last.tap()
    expect(page.locator(".tip")).to_contain_text("Card payments fail")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("h1").tap()
    expect(page.locator(".tip")).to_have_count(0)


def test_the_theme_is_chosen_and_remembered(stage: Stage, visit: Visit) -> None:
    page = visit(stage("ok"), color_scheme="light")

    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    page.goto("/")
    light = paper()
    page.get_by_label("Theme").select_option("dark")
    dark = paper()
    assert dark != light
    page.goto("/history/")
    expect(page.get_by_label("Theme")).to_have_value("dark")
    assert paper() == dark
    page.get_by_label("Theme").select_option("")
    assert paper() == light
    page.emulate_media(color_scheme="dark")
    assert paper() == dark


def test_times_are_told_in_the_readers_zone_too(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"), timezone_id="Asia/Tokyo")
    page.goto("/")
    expect(page.locator(".story .stamp .local").first).to_have_text(re.compile(r"\d\d:\d\d GMT\+9 · .*minutes? ago"))
    expect(page.locator(".rows .when .local")).to_have_text(re.compile(r"\d\d:\d\d.*–.*\d\d:\d\d GMT\+9 · in 2 days"))


def test_who_lives_in_the_zone_of_the_page_reads_each_time_once(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"), timezone_id="Etc/UTC")
    page.goto("/")
    expect(page.locator(".story .stamp .local").first).to_have_text(re.compile("^.*minutes? ago$"))


def test_the_link_of_an_incident_can_be_copied(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"), permissions=["clipboard-read", "clipboard-write"])
    page.goto("/")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.locator("#news")).to_have_text("Copied")
    assert re.fullmatch(rf"{stage('outage').url}/incidents/\w{{12}}/", page.evaluate("navigator.clipboard.readText()"))


def test_without_the_script_everything_is_there(stage: Stage, visit: Visit) -> None:
    """What only the script can do is not offered."""
    options: Any = {"java_script_enabled": False, "viewport": PHONE}
    page = visit(stage("outage"), **options)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Partial System Outage")
    expect(page.get_by_label("Theme")).to_be_hidden()
    expect(page.get_by_text("Copy link")).to_be_hidden()
    page.get_by_text("2 earlier updates").click()
    expect(page.get_by_text("Most card payments are declined.")).to_be_visible()
    page.get_by_role("link", name="Subscribe to this incident").click()
    expect(page.get_by_role("checkbox", name="Card payments fail")).to_be_checked()
