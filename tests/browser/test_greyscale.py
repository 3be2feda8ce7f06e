"""For whom there are no colours: what differs in colour differs in shape and brightness too. The browser itself takes
the colours away, and the pictures that it paints are compared."""

import base64
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.conftest import Stage, Visit
from tests.browser.places import THEMES, goto, unfold

pytestmark = pytest.mark.browser

OVERALL = {"ok": "ok", "degraded": "degraded", "outage": "partial", "down": "major", "maintenance": "maintenance"}
# The days of a strip: its classes, and what a day of each says.
DAYS = {
    ":not([class])": "no incidents",
    ".degraded": "degraded performance",
    ".partial": "partial outage",
    ".major": "major outage",
    ".maintenance": "under maintenance",
    ".none": "no data",
}
SEEN = 24  # of 255 shades: a step that is seen side by side
SHARE = 0.05  # of the picture

type Picture = list[int]  # shades from 0 to 255
type Painted = Callable[[Page, Mapping[str, float]], Picture]


@pytest.fixture
def painted(chromium: Browser) -> Iterator[Painted]:
    """The shades of a part of the page, as they are painted without colours."""
    page = chromium.new_page()

    def read(shown: Page, part: Mapping[str, float]) -> Picture:
        clip: Any = {name: part[name] for name in ("x", "y", "width", "height")}
        points = page.evaluate(_POINTS, base64.b64encode(shown.screenshot(clip=clip, full_page=True)).decode())
        assert all(max(colours) - min(colours) <= 3 for colours in points), "There are colours."
        return [green for _, green, _ in points]

    yield read
    page.close()


_POINTS = """async (png) => {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height), pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  const { data } = pen.getImageData(0, 0, picture.width, picture.height);
  return Array.from({ length: data.length / 4 }, (_, n) => [...data.slice(4 * n, 4 * n + 3)]);
}"""


def without_colours(page: Page) -> Page:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    return page


def box(part: Locator) -> dict[str, float]:
    found: Any = part.bounding_box()
    return dict(found)


def drawn(picture: Picture) -> list[bool]:
    """What stands out from the ground, which every icon leaves free in the corner."""
    return [abs(shade - picture[0]) >= SEEN for shade in picture]


def alike[T](pictures: Mapping[str, list[T]], differs: Callable[[T, T], bool]) -> list[tuple[str, str]]:
    """The pairs that cannot be told apart."""
    return [
        (one, other)
        for (one, a), (other, b) in combinations(pictures.items(), 2)
        if sum(differs(x, y) for x, y in zip(a, b, strict=True)) < SHARE * len(a)
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_the_headline_of_each_state_has_a_shape_of_its_own(
    stage: Stage, visit: Visit, painted: Painted, theme: str
) -> None:
    shapes: dict[str, list[bool]] = {}
    words: set[str] = set()
    for scene, tone in OVERALL.items():
        page = without_colours(visit(stage(scene), color_scheme=theme))
        goto(page, "/")
        icon = page.locator(".headline .icon")
        assert icon.locator("use").get_attribute("href") == f"#i-{tone}"
        shapes[tone] = drawn(painted(page, box(icon)))
        words.add(page.locator("h1").inner_text())
    assert alike(shapes, lambda one, other: one != other) == []
    assert len(words) == len(OVERALL)


@pytest.mark.parametrize("theme", THEMES)
def test_the_days_of_a_strip_differ_in_height_filling_and_words(
    stage: Stage, visit: Visit, painted: Painted, theme: str
) -> None:
    page = without_colours(visit(stage("maintenance"), color_scheme=theme))
    goto(page, "/")
    unfold(page)
    pictures: dict[str, Picture] = {}
    for kind, words in DAYS.items():
        day = page.locator(f".strip i{kind}").first
        assert words in str(day.get_attribute("aria-label"))
        column, strip = box(day), box(day.locator(".."))
        middle = round(column["x"] + column["width"] / 2)
        pictures[words] = painted(page, {**strip, "x": middle - 3, "y": round(strip["y"]), "width": 6, "height": 36})
    assert alike(pictures, lambda one, other: abs(one - other) >= SEEN) == []
