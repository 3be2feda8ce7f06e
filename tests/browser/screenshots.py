"""`make screenshots`: what the pages look like, into docs/screenshots/. TEST_CHROMIUM names the browser.

Each page in light and dark, on a desktop and on a phone. Those in the README and in docs/runbook.md are in git.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests import server

OUT = server.ROOT / "docs" / "screenshots"
# Name → scene and path; what has an id is asked of the page that leads to it, by a selector of the link.
SHOTS = {
    "home-ok": ("ok", "/"),
    "home-degraded": ("degraded", "/"),
    "home-outage": ("outage", "/"),
    "home-maintenance": ("maintenance", "/"),
    "incident": ("outage", "/ .story h3 a"),
    "history": ("outage", "/history/"),
    "service": ("outage", "/services/cards/"),
    "desk-now": ("outage", "/admin/"),
    "desk-report": ("outage", "/admin/incidents/incident/add/"),
    "desk-update": ("outage", "/admin/ a[href*='/incidents/incident/'][href*='/change/']"),
    "desk-calendar": ("outage", "/admin/incidents/maintenancewindow/calendar/"),
    "desk-second-factor": ("outage", "/admin/second-factor/"),
}
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1200, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True},
}


def main(chosen: list[str]) -> int:
    chromium = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        print("Chromium is not there: TEST_CHROMIUM=… says where it is.", file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scene in dict.fromkeys(scene for scene, _ in SHOTS.values()):
            for name in shoot(browser, scene, chosen):
                print(name, flush=True)
        browser.close()
    return 0


def shoot(browser: Browser, scene: str, chosen: list[str]) -> Iterator[str]:
    wanted = {name: place for name, (of, place) in SHOTS.items() if of == scene and (name in chosen or not chosen)}
    if not wanted:
        return
    with tempfile.TemporaryDirectory() as directory, server.running(Path(directory), PAGE_NAME="Acme") as running:
        running.manage("shell", "-v0", "-c", f"from tests.browser.scenes import fill; fill('{scene}')")
        for name, place in wanted.items():
            for screen, options in SCREENS.items():
                for theme in ("light", "dark"):
                    file = OUT / f"{name}-{screen}-{theme}.png"
                    take(browser, running, place, file, {**options, "color_scheme": theme})
                    yield file.name


def take(browser: Browser, running: server.Server, place: str, file: Path, options: dict[str, Any]) -> None:
    context = browser.new_context(base_url=running.url, reduced_motion="reduce", timezone_id="Etc/UTC", **options)
    page = context.new_page()
    path, _, link = place.partition(" ")
    page.goto(path)
    if path.startswith("/admin/"):
        sign_in(page)
    else:
        page.wait_for_selector(".service, .heat, .strip")
    if link:
        page.locator(link).first.click()
    if not path.startswith("/admin/"):
        page.wait_for_selector("html[data-script]", state="attached")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file)
    context.close()


def sign_in(page: Page) -> None:
    page.get_by_label("Username").fill("ops")
    page.get_by_label("Password").fill(server.PASSWORD)
    page.get_by_role("button", name="Log in").click()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
