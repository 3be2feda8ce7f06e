"""The privacy page says what the program does: its periods are those of the purges, here and in the docs."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from incidents.models import idempotency, personal, retention
from tests.public.conftest import Pages, Soup, words

ROOT = Path(__file__).parent.parent.parent
DAYS = {
    "personal.UNVERIFIED_FOR": (personal.UNVERIFIED_FOR, "typed in and never confirmed"),
    "personal.FOLLOWED_FOR": (personal.FOLLOWED_FOR, "follow single incidents"),
    "retention.DELIVERIES_FOR": (retention.DELIVERIES_FOR, "a message was sent"),
    "retention.ATTEMPTS_FOR": (retention.ATTEMPTS_FOR, "Each attempt"),
}


@pytest.fixture
def stored(soup: Soup, db: None) -> dict[str, str]:
    """What is stored → until when."""
    return {words(row.dt): words(row.select("dd")[1]) for row in soup("/privacy/").select(".stored > div")}


@pytest.mark.parametrize(("span", "what"), DAYS.values(), ids=DAYS)
def test_each_period_is_that_of_the_code(stored: dict[str, str], span: timedelta, what: str) -> None:
    (until,) = [until for name, until in stored.items() if what in name]
    assert until.startswith(f"Kept: {span.days} days")


def test_so_is_that_of_answers_for_retries(stored: dict[str, str]) -> None:
    assert timedelta(hours=24) == idempotency.KEPT
    assert [until for name, until in stored.items() if "with a key" in name] == ["Kept: 24 hours"]


def test_the_docs_say_the_same() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text()
    days = {f"{span.days} days" for span, _ in DAYS.values()}
    assert [span for span in (*days, "24 hours") if span not in page] == []


def test_it_names_who_to_ask(soup: Soup, db: None, settings: Any) -> None:
    assert "Ask whoever runs this page." in words(soup("/privacy/").main)
    settings.PAGE_SUPPORT_URL = "https://help.example.com/"
    assert soup("/privacy/").select("main a[href='https://help.example.com/']")


def test_every_page_leads_to_it(soup: Soup, pages: Pages) -> None:
    html = [path for name, path in pages.items() if path.endswith("/") and name != "embed"]
    assert [path for path in html if not soup(path).select("footer a[href='/privacy/']")] == []


def test_so_do_the_pages_of_subscribers(soup: Soup, holder_pages: Pages) -> None:
    assert [path for path in holder_pages.values() if not soup(path).select("a[href='/privacy/']")] == []


def test_so_does_each_form_that_asks_for_a_subscription(soup: Soup, holder_pages: Pages) -> None:
    for path in ("/subscribe/", holder_pages["confirm"]):
        assert soup(path).select("main form a[href='/privacy/']"), path


def test_visitors_get_no_cookie_there_either(client: Client, db: None) -> None:
    assert not client.get("/privacy/").cookies
