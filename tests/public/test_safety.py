"""Whatever somebody types, and whatever a strict policy forbids."""

import re
from collections.abc import Callable

import feedparser
import pytest
from bs4 import BeautifulSoup
from django.test import Client

from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from tests.public.conftest import Pages

HTML = ("home", "incident", "maintenance", "service", "history", "month", "error")
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    "[go](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "</title></style><style>*{display:none}</style>",
    "]]></description><x>{{ 7*7 }}",
]


def dangers(markup: str) -> list[str]:
    """Live markup that nobody of us wrote."""
    page = BeautifulSoup(markup, "html.parser")
    found = [str(tag) for tag in page.select("script, style, img, iframe, object, embed, form, base")]
    for tag in page.find_all(True):
        found += [f"{name}={value}" for name, value in tag.attrs.items() if name.startswith("on") or name == "style"]
        found += [
            str(tag["href"]) for _ in [0] if re.match(r"\s*(javascript|data|vbscript):", str(tag.get("href", "")))
        ]
    return found


@pytest.mark.parametrize("route", HTML)
def test_markup_keeps_to_the_content_security_policy(client: Client, pages: Pages, route: str) -> None:
    response = client.get(pages[route])
    assert dangers(response.content.decode()) == []
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


@pytest.mark.parametrize("route", HTML)
def test_nothing_is_requested_from_another_host(client: Client, pages: Pages, route: str) -> None:
    page = BeautifulSoup(client.get(pages[route]).content, "html.parser")
    loaded = [*page.select("link:not([rel=canonical])[href]"), *page.select("[src], use[href]")]
    addresses = [str(tag.get("href") or tag.get("src")) for tag in loaded]
    assert addresses
    assert all(re.match(r"[#/](?!/)", address) for address in addresses), addresses


@pytest.mark.parametrize("route", HTML)
def test_a_page_has_one_heading_landmarks_a_language_and_a_preview(client: Client, pages: Pages, route: str) -> None:
    page = BeautifulSoup(client.get(pages[route]).content, "html.parser")
    assert [len(page.select(part)) for part in ("h1", "main", "header.masthead", "footer", "html[lang=en]")] == [1] * 5
    assert [len(page.select(f"meta[property='og:{name}']")) for name in ("title", "description", "url")] == [1] * 3
    assert page.select("meta[name=description][content]")
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))


@pytest.fixture
def say_everywhere(
    api: Service, resolved: Incident, planned: MaintenanceWindow, incident: Callable[..., Incident], ops: Actor
) -> Callable[[str], None]:
    """Writes a text into every field that the public can read."""

    def say(text: str) -> None:
        group = ServiceGroup.add(by=ops, slug="group", name=text, description=text)
        api.change(by=ops, name=text, description=text, group_id=group.pk)
        incident(title=text, description=text, message=text, levels={api: None})
        resolved.edit(by=ops, title=text, description=text)
        resolved.updates.latest("version").correct(text, by=ops)
        resolved.write_postmortem(text, published=True, by=ops)
        planned.edit(by=ops, title=text, description=text)

    return say


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_somebody_types_is_text_on_every_page(
    client: Client, pages: Pages, say_everywhere: Callable[[str], None], payload: str
) -> None:
    say_everywhere(payload)
    for name in HTML:
        assert dangers(client.get(pages[name]).content.decode()) == [], name


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_somebody_types_is_text_in_the_feed(
    client: Client, pages: Pages, say_everywhere: Callable[[str], None], payload: str
) -> None:
    say_everywhere(payload)
    feed = feedparser.parse(client.get(pages["rss"]).content, sanitize_html=False)
    assert not feed.bozo
    assert payload in [entry.title for entry in feed.entries]
    assert [danger for entry in feed.entries for danger in dangers(entry.description)] == []


def test_links_in_messages_open_without_vouching_for_them(
    client: Client, pages: Pages, resolved: Incident, ops: Actor
) -> None:
    resolved.updates.latest("version").correct("See [there](https://example.org/).", by=ops)
    page = BeautifulSoup(client.get(pages["incident"]).content, "html.parser")
    (link,) = page.select("a[href='https://example.org/']")
    assert {"nofollow", "noopener"} <= set(link["rel"])
