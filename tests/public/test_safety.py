"""Whatever somebody types, and whatever a strict policy forbids."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import feedparser
import icalendar
import pytest
from bs4 import BeautifulSoup
from django.test import Client

from incidents import rules
from incidents.models import Actor, Incident
from incidents.models.tokens import Purpose
from tests.conftest import NOW
from tests.public.conftest import CALENDARS, Pages

HTML = ("home", "incident", "maintenance", "service", "history", "month", "privacy", "error", "subscribe")
MAILED = tuple(Purpose)  # the pages that a mailed token opens
OUR_FORMS = "[method=post]:is([action='/subscribe/'], [action^='/subscriptions/'], :not([action]))"
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    "[go](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "</title></style><style>*{display:none}</style>",
    "[go](JaVaScRiPt:alert(1)) <javascript:alert(1)>",
    "[go](&#106;avascript:alert(1)) [go](java&Tab;script:alert(1))",
    "[go](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "<details open ontoggle=alert(1)><a href=x onclick=alert(1)>x",
    "<math><mtext><style><img src=x onerror=alert(1)></style>",
    "]]></description><x>{{ 7*7 }}",
]
PROGRAM_PAYLOADS = [*PAYLOADS, "&lt;script&gt;&#x3c;", "END:VEVENT;X=\\n,", "\\u003cscript\\u003e 状態 \U0001f525"]
PROPERTIES = {
    *("UID", "SEQUENCE", "STATUS", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY"),
    *("DESCRIPTION", "CATEGORIES", "URL", "TRANSP"),
}
SAYS_NOTHING_TYPED = {"privacy", "error", Purpose.CONFIRM, Purpose.UNSUBSCRIBE}
ACTIVE = re.compile(r"[\x00-\x20]*(javascript|data|vbscript):", re.IGNORECASE)
MAPPED = ("urlset", "url", "loc", "lastmod")
NAMED = (("json_feed", "title"), ("badge_json", "label"))


def dangers(markup: str) -> list[str]:
    """Live markup that nobody of us wrote."""
    page = BeautifulSoup(markup, "html.parser")
    for script in page.select("head > script[src='/static/public.js']:empty"):
        script.decompose()
    found = [str(tag) for tag in page.select("script, style, img, iframe, object, embed, base")]
    found += [str(tag) for tag in page.select(f"form:not({OUR_FORMS})")]
    for tag in page.find_all(True):
        found += [f"{name}={value}" for name, value in tag.attrs.items() if name.startswith("on") or name == "style"]
        found += [str(tag["href"])] if ACTIVE.match(str(tag.get("href", ""))) else []
    return found


@pytest.fixture
def read(client: Client, pages: Pages, holder_pages: Pages, incident: Callable[..., Incident]) -> Callable[[str], str]:
    """The page of that name; it must be there."""
    offer = f"/subscribe/?incident={incident(title='On offer').pk}"
    addresses = {**pages, **holder_pages, "subscribe": offer}

    def get(name: str) -> str:
        response = client.get(addresses[name])
        assert response.status_code == 200
        return response.content.decode()

    return get


@pytest.mark.parametrize("route", [*HTML, *MAILED])
def test_markup_keeps_to_the_content_security_policy(
    client: Client, pages: Pages, holder_pages: Pages, route: str
) -> None:
    response = client.get({**pages, **holder_pages}[route])
    assert dangers(response.content.decode()) == []
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


@pytest.mark.parametrize("route", [*HTML, *MAILED])
def test_nothing_is_requested_from_another_host(read: Callable[[str], str], route: str) -> None:
    page = BeautifulSoup(read(route), "html.parser")
    loaded = [*page.select("link:not([rel=canonical], [hreflang])[href]"), *page.select("[src], use[href]")]
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


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_somebody_types_is_text_on_every_page(
    read: Callable[[str], str], say_everywhere: Callable[[str], None], payload: str
) -> None:
    say_everywhere(payload)
    found = {name: read(name) for name in (*HTML, *MAILED)}
    assert {name: dangers(page) for name, page in found.items() if dangers(page)} == {}
    shown = {name for name, page in found.items() if payload in BeautifulSoup(page, "html.parser").get_text()}
    assert shown == {name for name in found if name not in SAYS_NOTHING_TYPED}


def strings(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict | list):
        for part in document.values() if isinstance(document, dict) else document:
            yield from strings(part)


def assert_nothing_but_a_picture(content: bytes) -> None:
    """Or a map."""
    document = ElementTree.fromstring(content)
    parts = {part.tag.rpartition("}")[2] for part in document.iter()}
    assert parts <= {"svg", "title", "clipPath", "rect", "g", "text", "circle", "path", *MAPPED}
    assert [name for part in document.iter() for name in part.attrib if name.startswith("on")] == []


class TestForPrograms:
    """Whatever somebody types, each output can be read, and has no markup but what we wrote."""

    @pytest.fixture(params=PROGRAM_PAYLOADS)
    def payload(self, request: Any, say_everywhere: Callable[[str], None]) -> str:
        say_everywhere(request.param)
        return str(request.param)

    @pytest.mark.parametrize("route", ["rss", "atom", "service_rss", "service_atom"])
    def test_feeds(self, client: Client, pages: Pages, payload: str, route: str) -> None:
        answer = client.get(pages[route])
        kind = {"content-type": answer["Content-Type"]}
        feed = feedparser.parse(answer.content, response_headers=kind, sanitize_html=False)
        assert not feed.bozo
        assert payload in [entry.title for entry in feed.entries]
        bodies = [part.value for entry in feed.entries for part in entry.get("content") or [entry.summary_detail]]
        assert [danger for body in bodies for danger in dangers(body)] == []

    @pytest.mark.parametrize("route", ["json_feed", "badge_json", "service_badge_json"])
    def test_json(self, client: Client, pages: Pages, payload: str, route: str, settings: Any) -> None:
        settings.PAGE_NAME = payload  # which the badge of the page is labelled with
        answer = client.get(pages[route])
        assert b"<" not in answer.content
        assert answer["X-Content-Type-Options"] == "nosniff"
        told = answer.json()
        assert payload in ([item["title"] for item in told["items"]] if route == "json_feed" else [told["label"]])
        assert [danger for item in told.get("items", []) for danger in dangers(item["content_html"])] == []

    @pytest.mark.parametrize("path", ["/api/v2/summary.json", "/api/v2/incidents.json", "/api/v1/status/incidents"])
    def test_json_that_is_not_escaped_is_never_taken_for_a_page(self, client: Client, payload: str, path: str) -> None:
        answer = client.get(path)
        assert payload in set(strings(answer.json()))
        assert answer["Content-Type"].partition(";")[0] == "application/json"
        assert answer["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("route", ["badge", "service_badge"])
    def test_the_label_of_a_badge(self, client: Client, pages: Pages, payload: str, route: str) -> None:
        assert_nothing_but_a_picture(client.get(pages[route], {"label": payload}).content)

    @pytest.mark.parametrize("route", CALENDARS)
    def test_calendars(self, client: Client, pages: Pages, payload: str, route: str) -> None:
        calendar: Any = icalendar.Calendar.from_ical(client.get(pages[route]).content)
        events = calendar.walk("VEVENT")
        assert f"{payload} (scheduled)" in [str(event["SUMMARY"]) for event in events]
        assert [event.errors for event in events if event.errors] == []
        assert {name for event in events for name in event} <= PROPERTIES

    @pytest.mark.parametrize("route", ["badge", "service_badge", "sitemap", "favicon"])
    def test_pictures_and_maps(self, client: Client, pages: Pages, payload: str, route: str) -> None:
        assert_nothing_but_a_picture(client.get(pages[route]).content)

    def test_the_frame_and_the_script(self, client: Client, pages: Pages, payload: str) -> None:
        frame = BeautifulSoup(client.get(pages["embed"]).content, "html.parser")
        frame.select_one("head script").decompose()  # type: ignore[union-attr]
        assert dangers(str(frame)) == []
        assert payload in frame.get_text()
        assert b"<" not in client.get(pages["embed_script"]).content.rpartition(b"})(")[2]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_name_of_the_page_and_of_its_links_is_text_on_every_page(
    read: Callable[[str], str], settings: Any, payload: str
) -> None:
    settings.PAGE_NAME, settings.PAGE_LINKS = payload, ((payload, "https://example.org/"),)
    for name in (*HTML, *MAILED):
        assert dangers(read(name)) == [], name


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "]]></title>&amp;", "\\;,: \"'"])
def test_the_name_of_the_page_is_text_for_programs(client: Client, pages: Pages, settings: Any, name: str) -> None:
    settings.PAGE_NAME = name
    for route in ("rss", "atom"):
        assert feedparser.parse(client.get(pages[route]).content, sanitize_html=False).feed.title == name
    assert [client.get(pages[route]).json()[member] for route, member in NAMED] == [name, name]
    calendar: Any = icalendar.Calendar.from_ical(client.get(pages["ics"]).content)
    assert re.sub(r"\\(.)", r"\1", str(calendar["NAME"])) == name  # a property that is newer than the reader
    assert ElementTree.fromstring(client.get(pages["badge"]).content).findtext(".//{*}text") == name


def test_links_in_messages_open_without_vouching_for_them(
    client: Client, pages: Pages, resolved: Incident, ops: Actor
) -> None:
    resolved.updates.latest("version").correct("See [there](https://example.org/).", by=ops)
    page = BeautifulSoup(client.get(pages["incident"]).content, "html.parser")
    (link,) = page.select("a[href='https://example.org/']")
    assert {"nofollow", "noopener"} <= set(link["rel"])


@pytest.mark.parametrize("field", ["title", "name"])
@pytest.mark.parametrize("text", ["a\x08b", "a\x1bb", "a\u202eb", "a\u2066b", "a\ufeffb", "a\uffffb", "a\x00b"])
def test_what_xml_cannot_carry_and_what_reorders_a_line_is_never_stored(field: str, text: str) -> None:
    assert [error.code for error in rules.check({field: text}, NOW).found] == ["invalid_characters"]


def test_a_message_that_reorders_itself_breaks_no_feed(
    client: Client, pages: Pages, resolved: Incident, ops: Actor
) -> None:
    resolved.updates.latest("version").correct("a\u202eb\u2066c\x85d\u2028e", by=ops)
    assert not feedparser.parse(client.get(pages["rss"]).content).bozo
    assert not feedparser.parse(client.get(pages["atom"]).content).bozo
    assert len(client.get(pages["json_feed"]).json()["items"]) == 2
    calendar: Any = icalendar.Calendar.from_ical(client.get(pages["ics"]).content)
    assert len(calendar.walk("VEVENT")) == 2
