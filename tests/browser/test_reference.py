"""The API's reference page, under the same strict policy as everything else."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_the_reference_shows_the_operations(phone: Page) -> None:
    """The fixture fails it when the console complains, or another host is asked."""
    phone.goto("/api/docs/")
    create = phone.locator(".opblock-post", has_text="Report an incident").first
    create.locator(".opblock-summary-control").click()
    expect(create).to_contain_text("X-Idempotency-Key")
    expect(create.locator("tr.response[data-code='409']")).to_be_visible()
