"""What axe-core says of a page."""

from collections.abc import Sequence
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.places import THEMES

OF_A_PART = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
STANDARDS = [*OF_A_PART, "best-practice"]  # which asks for the headings and landmarks of a whole page

_UNTIL_COLOURS_ARE_THERE = "Promise.allSettled(document.getAnimations().map((one) => one.finished)).then(() => true)"

type Found = dict[str, list[str]]


def violations(
    page: Page,
    within: Sequence[str] = ("html",),
    standards: Sequence[str] = STANDARDS,
    themes: Sequence[Literal["light", "dark"]] = THEMES,
    *,
    every_contrast: bool = True,
) -> Found:
    """What axe-core finds in each theme. With `every_contrast`, what it cannot judge is a find too: over pictures, say,
    which Django's admin has, or where one thing covers another."""
    options: Any = {"runOnly": {"type": "tag", "values": standards}, "resultTypes": ["violations", "incomplete"]}
    context: Any = {"include": [[part] for part in within]}
    found: Found = {}
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        page.evaluate(_UNTIL_COLOURS_ARE_THERE)
        told = Axe().run(page, context=context, options=options).response
        unjudged = [rule for rule in told["incomplete"] if every_contrast and rule["id"] == "color-contrast"]
        found[f"{page.url} {theme}"] = [
            f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
            for rule in (*told["violations"], *unjudged)
            for node in rule["nodes"]
        ]
    return {where: told for where, told in found.items() if told}
