"""How mails look to those who read them with their eyes, and to those who do not."""

import pytest
from playwright.sync_api import Browser

from incidents.mails.mail import Mail
from tests.browser.axe import OF_A_PART, violations
from tests.mails.conftest import ann, told
from tests.mails.every_kind import mails, of_incidents, of_windows

__all__ = ["ann", "mails", "of_incidents", "of_windows", "told"]

pytestmark = pytest.mark.browser


def test_every_mail_can_be_read_by_everybody_in_light_and_dark(
    mails: dict[str, Mail | None], chromium: Browser
) -> None:
    found = {}
    with chromium.new_page(offline=True, viewport={"width": 390, "height": 844}) as page:
        for kind, mail in mails.items():
            assert mail, kind
            page.set_content(mail.html)
            found[kind] = violations(page, standards=OF_A_PART)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), kind
    assert {kind: told for kind, told in found.items() if told} == {}
