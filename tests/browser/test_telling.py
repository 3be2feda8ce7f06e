"""Ops see whom a post will reach while they fill in the form, and take it back while the seconds run."""

import pytest
from playwright.sync_api import Page, expect

from tests import server

pytestmark = pytest.mark.browser

_SUBSCRIBE = """
from incidents.models import Subscription
from incidents.models.tokens import Purpose
Subscription.objects.all().delete()  # those of the other tests
Subscription.subscribe("reader@example.com")
row = Subscription.objects.get(address="reader@example.com")
Subscription.verify(row.token(Purpose.CONFIRM))
"""


def test_who_is_told_is_said_at_once_and_can_be_taken_back(desk: Page, product: server.Server) -> None:
    product.manage("shell", "-v0", "-c", _SUBSCRIBE)
    desk.goto("/admin/incidents/incident/add/")
    told = desk.locator(".desk-audience")
    expect(told).to_contain_text("1 person will be told: 1 by e-mail.")
    desk.get_by_label("Worth telling subscribers").uncheck()
    expect(told).to_contain_text("Nobody will be told: it is kept quiet.")
    desk.get_by_label("Worth telling subscribers").check()
    expect(told).to_contain_text("1 person")

    desk.get_by_label("Title").fill("Taken back")
    desk.get_by_role("radio", name="Minor").check()
    desk.get_by_role("button", name="Publish it").click()
    left = desk.locator(".desk-countdown")
    seconds = left.inner_text()
    expect(left).not_to_have_text(seconds)
    desk.get_by_role("button", name="Withdraw").click()
    expect(desk.locator("#tellings")).to_contain_text("Withdrawn: nobody was told.")

    desk.get_by_role("link", name="Delete").click()
    desk.get_by_role("button", name="Delete for good").click()
