"""Where a visitor can go on a page of one of the scenes, and how the tests get there."""

from typing import Literal

from playwright.sync_api import Page

from tests import server
from tests.browser.conftest import MISSING

LANGUAGES = ("en", "de")  # the first one's pages have no prefix
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SCRIPTED = "html[data-script]"  # what looks for it again and again may be no code: the policy forbids to evaluate any
ALWAYS = ("/", "/history/", "/subscribe/", "/privacy/", "/errors/conflict/", MISSING)
HIT = "SELECT service_id FROM incidents_impact WHERE ended_at IS NULL"
ROWS = (
    ("/incidents/{}/", "SELECT id FROM incidents_incident WHERE status != 'resolved' OR postmortem != ''"),
    ("/maintenance/{}/", "SELECT id FROM incidents_maintenancewindow"),
    ("/services/{}/", "SELECT slug FROM incidents_service ORDER BY slug LIMIT 1"),
    ("/services/{}/", f"SELECT slug FROM incidents_service WHERE id IN ({HIT}) ORDER BY slug DESC LIMIT 1"),
)


def prefix(language: str) -> str:
    return "/" if language == LANGUAGES[0] else f"/{language}/"


def addresses(stage: server.Server, language: str = LANGUAGES[0]) -> list[str]:
    """One of every kind of page that there is, and every incident and window that has something of its own to show."""
    found = [*ALWAYS, *(path.format(row[0]) for path, sql in ROWS for row in stage.query(sql))]
    found = list(dict.fromkeys(found))
    return [prefix(language) + path.removeprefix("/") for path in found]


def goto(page: Page, path: str) -> None:
    """With all that the script adds."""
    page.goto(path)
    page.wait_for_selector(SCRIPTED, state="attached")


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
