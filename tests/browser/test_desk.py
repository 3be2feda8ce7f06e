"""Ops at three in the morning: one hand, a phone, a bad connection; or a keyboard and no mouse."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import server
from tests.browser.axe import Found, violations
from tests.browser.conftest import PHONE, visitor
from tests.browser.places import THEMES, unfold

pytestmark = pytest.mark.browser

START, REPORT = "/admin/", "/admin/incidents/incident/add/"
OPEN, MOVING = "Card payments fail", "Transfers are late"
_FILL = f"""
from incidents.lifecycle import IncidentStatus
from incidents.models import Incident, IncidentTemplate, Service
from incidents.severity import ServiceStatus
from tests.admin.places import furnish
from tests.browser.scenes import BY, fill
fill("outage")
furnish()
levels = IncidentTemplate.stored({{Service.objects.get(slug="reports"): ServiceStatus.PARTIAL_OUTAGE}})
IncidentTemplate.add(by=BY, slug="slow", name="Reports are late", title="Reports are late", severity="major",
    message="Reports of **{{{{ region }}}}** are late.", levels=levels)
Incident.open(by=BY, title="{MOVING}", severity="minor", status=IncidentStatus.IDENTIFIED)
"""


@pytest.fixture(scope="module", autouse=True)
def trouble(product: server.Server) -> None:
    product.manage("shell", "-v0", "-c", _FILL)


@dataclass
class Hand:
    """Counts what it does."""

    taps: int = 0
    texts: int = 0

    def tap(self, target: Locator) -> None:
        target.tap()
        self.taps += 1

    def write(self, target: Locator, text: str) -> None:
        target.fill(text)
        self.texts += 1


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def story(desk: Page, product: server.Server) -> str:
    """The page of an open incident."""
    ((pk,),) = product.query(f"SELECT id FROM incidents_incident WHERE title = '{OPEN}'")
    return f"/admin/incidents/incident/{pk}/change/"


@pytest.fixture
def told(product: server.Server) -> Callable[[str], int]:
    """How many updates say exactly this."""
    return lambda words: len(product.query(f"SELECT id FROM incidents_incidentupdate WHERE message = '{words}'"))


def card(desk: Page, title: str = OPEN) -> Locator:
    return desk.locator(".desk-card", has_text=title)


def message(desk: Page) -> Locator:
    return desk.locator("#update").get_by_label("Message")


def post(desk: Page) -> Locator:
    return desk.locator("#update").get_by_role("button", name="Post the update")


class TestFewTaps:
    def test_four_and_one_text_to_a_published_incident(self, desk: Page, hand: Hand, product: server.Server) -> None:
        hand.tap(desk.get_by_role("link", name="Report an incident"))
        hand.write(desk.get_by_label("Title"), "Searches fail")
        hand.tap(desk.get_by_role("radio", name="Major", exact=True))
        hand.tap(desk.get_by_role("button", name="Search", exact=True))
        hand.tap(desk.get_by_role("button", name="Publish it"))
        expect(desk.locator(".messagelist")).to_contain_text("Published.")
        assert (hand.taps, hand.texts) == (4, 1)
        with product.client() as public:
            titles = [one["title"] for one in public.get("/status/v1/incidents").json()["data"]]
        assert "Searches fail" in titles

    def test_three_and_one_text_from_a_template(self, desk: Page, hand: Hand) -> None:
        hand.tap(desk.get_by_role("link", name="Reports are late"))
        hand.write(desk.get_by_label("Region"), "Asia")
        expect(desk.locator(".desk-preview strong")).to_have_text("Asia")
        hand.tap(desk.get_by_role("button", name="Publish it"))
        expect(desk.locator(".desk-timeline strong")).to_have_text("Asia")
        assert hand.taps <= 3

    def test_one_to_say_that_nothing_has_changed(self, desk: Page, hand: Hand) -> None:
        hand.tap(card(desk).get_by_role("button", name="No change, still working"))
        expect(desk.locator(".messagelist")).to_contain_text("Posted: Identified.")
        assert hand.taps == 1

    def test_three_and_one_text_to_another_status(self, desk: Page, hand: Hand, product: server.Server) -> None:
        story = card(desk, MOVING)
        hand.tap(story.get_by_text("Post an update from here"))
        hand.tap(story.get_by_role("radio", name="Monitoring"))
        hand.write(story.get_by_label("Message"), "Half of it works again.")
        hand.tap(story.get_by_role("button", name="Post the update"))
        expect(desk.locator(".desk-timeline").get_by_text("Half of it works again.")).to_be_visible()
        assert (hand.taps, hand.texts) == (3, 1)
        assert product.query(f"SELECT status FROM incidents_incident WHERE title = '{MOVING}'") == [("monitoring",)]

    def test_a_double_tap_posts_once(self, desk: Page, story: str, told: Callable[[str], int]) -> None:
        desk.goto(story)
        message(desk).fill("Sent with a nervous finger.")
        post(desk).dblclick()
        expect(desk.locator(".messagelist .success")).to_be_visible()
        desk.reload()
        assert told("Sent with a nervous finger.") == 1


class TestWhileItIsFilledIn:
    def test_the_words_and_what_changes_are_shown_as_the_public_will_see_them(self, desk: Page) -> None:
        desk.goto(REPORT)
        desk.get_by_label("Message").fill("It is **slow** <b>now</b>.")
        expect(desk.locator(".desk-preview .desk-words")).to_have_text("It is slow <b>now</b>.")
        expect(desk.locator(".desk-preview strong")).to_have_text("slow")
        desk.get_by_role("radio", name="Critical").check()
        desk.get_by_role("button", name="Payouts").click()
        changes = desk.locator(".desk-changes")
        expect(changes).to_contain_text("stays “Partial System Outage”")
        expect(changes.locator("div", has_text="Payouts")).to_contain_text(
            re.compile("Operational.*Major outage", re.DOTALL)
        )
        desk.get_by_role("button", name="Payouts").click()
        expect(changes).not_to_contain_text("Payouts")

    def test_each_status_brings_its_sentence_until_somebody_writes(self, desk: Page) -> None:
        desk.goto(REPORT)
        expect(desk.get_by_label("Message")).to_have_value("We are currently investigating this issue.")
        desk.get_by_role("radio", name="Monitoring").check()
        expect(desk.get_by_label("Message")).to_have_value(re.compile("^A fix has been implemented"))
        desk.get_by_label("Message").focus()
        desk.keyboard.type("Ours.")
        expect(desk.get_by_label("Message")).to_have_value("Ours.")
        desk.get_by_role("radio", name="Identified").check()
        expect(desk.get_by_label("Message")).to_have_value("Ours.")

    def test_a_service_has_a_level_of_its_own_when_it_is_chosen(self, desk: Page, story: str) -> None:
        desk.goto(story)
        expect(desk.get_by_role("button", name="Cards")).to_have_attribute("aria-pressed", "true")
        expect(desk.get_by_label("Cards")).to_have_value("major_outage")
        expect(desk.get_by_label("Search")).to_be_hidden()
        desk.get_by_role("button", name="Cards").click()
        expect(desk.get_by_label("Cards")).to_be_hidden()
        desk.get_by_role("button", name="Cards").click()
        expect(desk.get_by_label("Cards")).to_have_value("major_outage")


class TestABadConnection:
    def test_what_was_typed_survives_it_and_a_reload(self, desk: Page, story: str, told: Callable[[str], int]) -> None:
        words = "Typed in a lift."
        desk.goto(story)
        desk.context.set_offline(True)
        message(desk).fill(words)
        desk.get_by_role("radio", name="30 min").check()
        post(desk).click()
        expect(desk.get_by_text("There is no connection.")).to_be_visible()
        expect(message(desk)).to_have_value(words)
        desk.context.set_offline(False)

        desk.reload()
        expect(desk.locator(".desk-kept")).to_contain_text(words)
        desk.get_by_role("button", name="Go on with it").click()
        expect(message(desk)).to_have_value(words)
        expect(desk.get_by_role("radio", name="30 min")).to_be_checked()
        assert told(words) == 0
        post(desk).click()
        expect(desk.locator(".desk-timeline").get_by_text(words)).to_be_visible()
        assert told(words) == 1

        desk.goto(story)
        expect(message(desk)).to_be_visible()
        expect(desk.locator(".desk-kept")).to_have_count(0)

    def test_what_was_sent_though_the_answer_was_lost_is_not_posted_twice(
        self, desk: Page, story: str, told: Callable[[str], int]
    ) -> None:
        words = "Sent into the dark."
        desk.goto(story)
        message(desk).fill(words)
        kept = desk.evaluate("JSON.stringify(localStorage)")
        post(desk).click()
        expect(desk.locator(".desk-timeline").get_by_text(words)).to_be_visible()
        desk.evaluate(
            "(kept) => Object.entries(JSON.parse(kept)).forEach(([k, v]) => localStorage.setItem(k, v))", kept
        )
        desk.reload()
        desk.get_by_role("button", name="Go on with it").click()
        post(desk).click()
        expect(desk.get_by_text("nothing was saved or sent")).to_be_visible()
        assert told(words) == 1

    def test_it_can_be_discarded(self, desk: Page) -> None:
        desk.goto(REPORT)
        desk.get_by_label("Title").fill("Never mind")
        desk.reload()
        expect(desk.locator(".desk-kept")).to_contain_text("Never mind")
        desk.get_by_role("button", name="Discard").click()
        desk.reload()
        expect(desk.get_by_label("Title")).to_have_value("")
        expect(desk.locator(".desk-kept")).to_have_count(0)

    def test_what_was_told_already_goes_on_where_it_is_told(self, desk: Page) -> None:
        desk.goto(REPORT)
        desk.get_by_label("Title").fill("Cards again")
        desk.get_by_role("radio", name="Major", exact=True).check()
        desk.get_by_role("button", name="Cards", exact=True).click()
        desk.get_by_label("Message").fill("Cards fail in Asia as well.")
        desk.get_by_role("button", name="Publish it").click()
        desk.locator(".desk-refused").get_by_role("link", name=OPEN).click()
        desk.get_by_role("button", name="Go on with it").click()
        expect(message(desk)).to_have_value("Cards fail in Asia as well.")
        expect(desk.get_by_label("Cards")).to_have_value("by_severity")

    def test_nobody_else_is_offered_it(self, desk: Page) -> None:
        desk.goto(REPORT)
        desk.get_by_label("Title").fill("Mine alone")
        key = "Object.keys(localStorage).find((one) => one.includes('incident/add'))"
        assert desk.evaluate(key) == f"desk:ops:{REPORT}"


class TestKeyboardOnly:
    @staticmethod
    def reach(page: Page, target: Locator, most: int = 80) -> None:
        for _ in range(most):
            if target.evaluate("(one) => one === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError("The focus never came there.")

    def test_an_incident_is_reported(self, desk: Page) -> None:
        self.reach(desk, desk.get_by_role("link", name="Report an incident"))
        desk.keyboard.press("Enter")
        desk.wait_for_url(f"**{REPORT}")
        self.reach(desk, desk.get_by_label("Title"))
        desk.keyboard.type("By keyboard")
        self.reach(desk, desk.get_by_role("radio", name="Critical"))
        desk.keyboard.press("ArrowDown")
        desk.keyboard.press("ArrowDown")
        expect(desk.get_by_role("radio", name="Minor")).to_be_checked()
        self.reach(desk, desk.get_by_role("button", name="GraphQL"))
        desk.keyboard.press("Space")
        self.reach(desk, desk.get_by_label("GraphQL"))
        desk.keyboard.type("Partial")
        self.reach(desk, desk.get_by_role("button", name="Publish it"))
        desk.keyboard.press("Enter")
        expect(desk.locator(".messagelist")).to_contain_text("Published.")
        expect(desk.locator(".desk-state")).to_contain_text("Partial outage")

    def test_an_update_is_posted_from_the_start_page(self, desk: Page) -> None:
        self.reach(desk, card(desk).get_by_text("Post an update from here"))
        desk.keyboard.press("Enter")
        self.reach(desk, card(desk).get_by_label("Message"))
        desk.keyboard.type("Without a mouse.")
        self.reach(desk, card(desk).get_by_role("button", name="Post the update"))
        desk.keyboard.press("Enter")
        expect(desk.locator(".desk-timeline").get_by_text("Without a mouse.")).to_be_visible()


def test_without_scripts_it_is_plain_choices_and_a_button_for_the_preview(
    chromium: Browser, product: server.Server
) -> None:
    with visitor(chromium, product.url, viewport=PHONE, java_script_enabled=False) as page:
        page.goto(REPORT)
        page.get_by_label("Username").fill("ops")
        page.get_by_label("Password").fill(server.PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_label("Title").fill("Without scripts")
        page.get_by_role("radio", name="Minor").check()
        page.get_by_label("Invoices").select_option("major_outage")
        page.get_by_label("Message").fill("It is **plain**.")
        page.get_by_role("button", name="Preview").click()
        expect(page.locator(".desk-preview strong")).to_have_text("plain")
        expect(page.locator(".desk-changes")).to_contain_text("Invoices")
        page.get_by_label("Invoices").select_option("")
        page.get_by_role("button", name="Publish it").click()
        expect(page.locator(".messagelist")).to_contain_text("Published.")


def pages(desk: Page, product: server.Server) -> list[str]:
    """All that ops can look at."""
    told = product.manage("shell", "-v0", "-c", "from tests.admin.places import addresses; print(*addresses())").split()
    answers = {path: desk.context.request.get(path, max_redirects=0) for path in told}
    shown = [path for path, answer in answers.items() if answer.ok and "html" in answer.headers["content-type"]]
    found = [path for path in shown if not path.endswith("/delete/") or "/incident/" in path]  # they ask alike
    rich = product.query(f"SELECT id FROM incidents_incident WHERE title = '{OPEN}' OR postmortem != ''")
    return [*found, f"{REPORT}?template=slow", *(f"/admin/incidents/incident/{pk}/change/" for (pk,) in rich)]


_LIKE_ON_A_PHONE = ("/add/", "/details/", "/delete/", "/merge/")  # forms, only wider; and seeing all takes minutes


@pytest.mark.parametrize(("width", "theme"), [(390, THEMES[0]), (1280, THEMES[1])], ids=["phone", "desktop"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    desk: Page, product: server.Server, width: int, theme: Literal["light", "dark"]
) -> None:
    desk.set_viewport_size({"width": width, "height": 5000})  # all of it in view, so that nothing is behind the buttons
    found: Found = {}
    sideways = []
    for path in pages(desk, product):
        if width > PHONE["width"] and path.endswith(_LIKE_ON_A_PHONE):
            continue
        desk.goto(path)
        unfold(desk)
        found |= violations(desk, themes=[theme], every_contrast=False)
        if desk.evaluate("document.documentElement.scrollWidth") > width:
            sideways.append(path)
    assert (found, sideways) == ({}, [])


def test_who_is_not_in_yet_finds_no_barrier(phone: Page) -> None:
    """Locked out is who failed to log in five times. The console would complain of the answer, which is meant."""
    phone.route("**/login/", lambda route: route.fulfill(response=route.fetch(), status=200))
    phone.goto("/admin/login/")
    found = violations(phone, every_contrast=False)
    for _ in range(6):
        phone.get_by_label("Username").fill("somebody")
        phone.get_by_label("Password").fill("guessed")
        phone.get_by_role("button", name="Log in").click()
    expect(phone.get_by_role("heading", name="Too many failed logins")).to_be_visible()
    assert found | violations(phone, every_contrast=False) == {}


def test_the_question_before_the_end_is_accessible_too(desk: Page, story: str) -> None:
    desk.goto(story)
    desk.locator("#update").get_by_role("radio", name="Resolved").check()
    post(desk).click()
    sure = desk.get_by_role("button", name="Yes, resolve it")
    expect(sure).to_be_in_viewport()
    desk.keyboard.press("Tab")
    expect(sure).to_be_focused()
    expect(desk.locator(".desk-resolve")).to_contain_text("Operational")
    desk.set_viewport_size({"width": 390, "height": 5000})
    assert violations(desk, every_contrast=False) == {}
