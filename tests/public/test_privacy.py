"""The privacy page says what the program does: its periods are those of the purges, here and in the docs."""

import re
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

SAME = (  # words of the page, and of the docs
    ("Your e-mail address, or", "a subscriber's e-mail address"),
    ("Your e-mail address, or", "the address of a webhook"),
    ("What you want to be told", "their preferences"),
    ("could be reached lately", "could be reached lately"),
    ("a link was mailed", "a link was mailed"),
    ("never confirmed", "not confirmed"),
    ("follow single incidents", "follows single incidents"),
    ("a message was sent", "a message was sent"),
    ("after you have unsubscribed", "the address of who has left"),
    ("Each attempt", "each attempt"),
    ("with a key", "with an idempotency key"),
    ("asked to be erased", "was erased"),
)


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


def test_the_docs_say_the_same(stored: dict[str, str]) -> None:
    """Row for row, and for as long; of staff the docs alone tell."""
    docs = documented()
    pairs = [(_row(stored, ours), _row(docs, theirs)) for ours, theirs in SAME]
    assert {ours for ours, _ in pairs} == set(stored)
    assert {theirs for _, theirs in pairs} == {what for what in docs if "your own staff" not in what}
    spans = [(ours, _spans(stored[ours]), _spans(docs[theirs])) for ours, theirs in pairs]
    assert [span for span in spans if span[1] != span[2]] == []


def documented() -> dict[str, str]:
    """What is stored → until when."""
    lines = (ROOT / "docs" / "privacy.md").read_text().partition("|---|---|---|\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()]
    return {what: until for what, _, until in rows}


def _row(rows: dict[str, str], words: str) -> str:
    (found,) = (what for what in rows if words in what)
    return found


def _spans(until: str) -> list[str]:
    return re.findall(r"\d+ [a-z]+", until)


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
