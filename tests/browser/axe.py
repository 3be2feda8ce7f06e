"""What axe-core says of a page."""

from collections.abc import Sequence
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.places import THEMES

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_UNTIL_COLOURS_ARE_THERE = "Promise.allSettled(document.getAnimations().map((one) => one.finished)).then(() => true)"

type Found = dict[str, list[str]]


def violations(page: Page, themes: Sequence[Literal["light", "dark"]] = THEMES) -> Found:
    """What axe-core finds in each theme."""
    options: Any = {"runOnly": {"type": "tag", "values": STANDARDS}, "resultTypes": ["violations"]}
    found: Found = {}
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        page.evaluate(_UNTIL_COLOURS_ARE_THERE)
        rules = Axe().run(page, options=options).response["violations"]
        found[f"{page.url} {theme}"] = [
            f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
            for rule in rules
            for node in rule["nodes"]
        ]
    return {where: told for where, told in found.items() if told}
