"""Every page in every state, for those who cannot see it, see it badly, or have no pointer."""

import json
from functools import partial
from itertools import groupby, pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.axe import OF_A_PART, Found, violations
from tests.browser.conftest import Stage, Visit
from tests.browser.places import LANGUAGES, addresses, goto, prefix, unfold
from tests.browser.scenes import SCENES

pytestmark = pytest.mark.browser

PLACES = [".skip", ".masthead", "main", "footer"]
STOP = ":is(a[href], button, input, select, summary, [tabindex='0'])"
MOST_STOPS = 400

_FAILED = """
import json
from django.template.loader import render_to_string
from statussite.languages import written_in
names = ("400", "403", "429", "500", "public/unavailable")
with written_in("%s"):
    print(json.dumps({name: render_to_string(name + ".html") for name in names}))
"""
_HOLDERS = """
from incidents.models import Subscription
from incidents.models.tokens import Purpose
for number, purpose in enumerate(Purpose):
    Subscription.subscribe(f"reader{number}@example.com")
    row = Subscription.objects.get(address=f"reader{number}@example.com")
    if purpose != Purpose.CONFIRM:
        row = Subscription.verify(row.token(Purpose.CONFIRM))
    print(f"/subscriptions/{purpose}/{row.token(purpose)}/")
"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES)
def test_axe_finds_nothing_on_any_page_in_any_state(stage: Stage, visit: Visit, scene: str, language: str) -> None:
    """With all that can be unfolded unfolded, and with the note that a page stands still."""
    page = visit(stage(scene))
    found: Found = {}
    for path in addresses(stage(scene), language):
        goto(page, path)
        unfold(page)
        page.evaluate("document.getElementById('offline').hidden = false")
        found |= violations(page)
    assert found == {}


@pytest.mark.parametrize("path", ["/", "/subscribe/", "/services/cards/", "/history/"])
def test_axe_finds_nothing_on_a_phone(stage: Stage, visit: Visit, path: str) -> None:
    page = visit(stage("outage"), viewport={"width": 320, "height": 700}, has_touch=True)
    goto(page, path)
    assert violations(page) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_where_mails_lead(stage: Stage, visit: Visit, language: str) -> None:
    """Confirming, changing and leaving, each before and after its button."""
    page = visit(stage("outage"))
    found: Found = {}
    for path in stage("outage").manage("shell", "-v0", "-c", _HOLDERS.replace("reader", language)).split():
        goto(page, prefix(language) + path.removeprefix("/"))
        found |= violations(page)
        page.locator("main form button").first.click()
        expect(page.locator("main form button, main a.button").first).to_be_visible()
        found |= violations(page)
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_when_a_form_was_filled_in_wrongly(stage: Stage, visit: Visit, language: str) -> None:
    page = visit(stage("outage"))
    goto(page, f"{prefix(language)}subscribe/?service=cards")
    page.get_by_role("radio", name="Webhook").check()
    page.route("**/subscribe/", as_if_it_were_well)
    page.locator("form.subscribe button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == {}


def as_if_it_were_well(route: Route) -> None:
    """The console complains of every answer that is an error, and here it is meant."""
    route.fulfill(response=route.fetch(), status=200)


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_a_page_that_says_what_failed(stage: Stage, visit: Visit, language: str) -> None:
    page = visit(stage("outage"))
    found: Found = {}
    for name, body in json.loads(stage("outage").manage("shell", "-v0", "-c", _FAILED % language)).items():
        page.route(f"**/failed/{name}/", partial(show, body=body))
        goto(page, f"/failed/{name}/")
        found |= violations(page)
    assert found == {}


def show(route: Route, body: str) -> None:
    route.fulfill(body=body, content_type="text/html; charset=utf-8")


def test_axe_finds_nothing_in_the_banner(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"))
    found: Found = {}
    for language in LANGUAGES:
        page.goto(f"{prefix(language)}embed/")
        expect(page.get_by_role("status").get_by_role("link")).to_be_visible()
        found |= violations(page, standards=OF_A_PART)
    assert found == {}


def test_axe_finds_nothing_while_a_day_is_told(stage: Stage, visit: Visit) -> None:
    """In the day itself, but for contrast: what it covers, and where, depends on the time of the day."""
    page = visit(stage("outage"))
    goto(page, "/services/cards/")
    page.locator(".strip").first.focus()
    expect(page.locator(".tip").get_by_role("link")).to_be_visible()
    assert violations(page, within=(".strip", ".tip"), every_contrast=False) == {}


@pytest.mark.parametrize("scene", ["empty", "outage", "maintenance", "crowd"])
def test_headings_go_down_one_level_at_a_time(stage: Stage, visit: Visit, scene: str) -> None:
    page = visit(stage(scene))
    for path in addresses(stage(scene)):
        goto(page, path)
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((one) => Number(one.tagName[1]))"
        )
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)


def test_each_page_has_the_same_landmarks_and_each_of_several_has_a_name(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"))
    for path in addresses(stage("outage")):
        goto(page, path)
        for role in ("banner", "main", "contentinfo"):
            expect(page.get_by_role(role)).to_have_count(1)
        expect(page.get_by_role("contentinfo").get_by_role("navigation", name="More")).to_have_count(1)
        expect(page.locator("nav:not([aria-label]), main > section:not([aria-labelledby])")).to_have_count(0)


def test_the_keyboard_goes_from_the_skip_link_to_the_masthead_the_content_and_the_footer(
    stage: Stage, visit: Visit
) -> None:
    page = visit(stage("outage"), reduced_motion="reduce")  # what gets the focus is in sight at once
    for path in addresses(stage("outage")):
        goto(page, path)
        stops = tabbed(page)
        expected = PLACES if page.locator(f"main {STOP}").count() else [place for place in PLACES if place != "main"]
        assert [place for place, _ in groupby(stop["place"] for stop in stops)] == expected, path
        assert [stop for stop in stops if not stop["seen"]] == [], path


def tabbed(page: Page) -> list[dict[str, Any]]:
    """Where the keyboard stops, from the top of the page to its end, and whether one sees it there."""
    stops: list[dict[str, Any]] = []
    while len(stops) < MOST_STOPS:
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP, PLACES)
        if stop is None or (stops and stop["place"] == PLACES[0]):
            return stops
        stops.append(stop)
    raise AssertionError("The keyboard does not get out of the page.")


_STOP = """((places) => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const place = places.find((one) => at.closest(one));
  const isOutlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const isInside = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  return place ? { place, what: at.outerHTML.slice(0, 120), seen: isOutlined && isInside } : null;
})"""


def test_the_first_stop_of_the_keyboard_skips_to_the_content(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"))
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_service_is_told_by_shape_and_words_too(stage: Stage, visit: Visit) -> None:
    page = visit(stage("outage"))
    page.goto("/")
    shown = page.locator(".status").evaluate_all(
        "(all) => all.map((one) => one.textContent.trim() + one.querySelector('use').getAttribute('href'))"
    )
    assert set(shown) == {
        "Operational#i-ok",
        "Degraded performance#i-degraded",
        "Partial outage#i-partial",
        "Major outage#i-major",
    }
