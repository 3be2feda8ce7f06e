"""Badges, and the feed, at their own addresses and where the API has them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.test import Client

from incidents.models import Incident, Service
from incidents.public import badges
from incidents.severity import ServiceStatus

SVG = "{http://www.w3.org/2000/svg}"
XSS = '"><script>alert(1)</script>'
PARTS = ("svg", "title", "clipPath", "rect", "g", "text")
BASES = ["/api/v1/status", "/status"]


def badge(client: Client, slug: str) -> ElementTree.Element:
    answer = client.get(f"/api/v1/status/badge/{slug}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    return ElementTree.fromstring(answer.content)


def texts(picture: ElementTree.Element) -> list[str | None]:
    return [text.text for text in picture.iter(f"{SVG}text")]


def luminance(colour: str) -> float:
    """Relative, as WCAG 2 defines it."""
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.usefixtures("api")
def test_it_says_name_and_status_to_everybody(client: Client) -> None:
    picture = badge(client, "api")
    title = picture.find(f"{SVG}title")
    assert texts(picture) == ["API", "operational"]
    assert title is not None
    assert title.text == "API: operational"
    assert (picture.get("role"), picture.get("aria-labelledby")) == ("img", title.get("id"))


def test_its_colour_is_that_of_the_level(client: Client, api: Service, incident: Callable[..., Incident]) -> None:
    fine = badge(client, "api")
    incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
    broken = badge(client, "api")
    assert texts(broken) == ["API", "major outage"]
    fills = [[rect.get("fill") for rect in picture.iter(f"{SVG}rect")][-1] for picture in (fine, broken)]
    assert fills == [badges.FILLS["ok"], badges.FILLS["major"]]


@pytest.mark.parametrize("fill", [badges.LABEL_FILL, *badges.FILLS.values()])
def test_white_letters_can_be_read_on_it(fill: str) -> None:
    assert 1.05 / (luminance(fill) + 0.05) >= 4.5


def test_a_name_is_only_a_text(client: Client, service: Callable[..., Service]) -> None:
    service("odd", name='"><svg onload=alert(1)> & 状態')
    assert texts(badge(client, "odd"))[0] == '"><svg onload=alert(1)> & 状態'


@pytest.mark.usefixtures("api")
def test_a_longer_name_makes_a_wider_badge(client: Client, service: Callable[..., Service]) -> None:
    service("long", name="A service with a long name")
    short, long = (int(badge(client, slug).get("width", "0")) for slug in ("api", "long"))
    assert long > short + 100


class TestAsItIsAskedFor:
    @pytest.fixture
    def drawn(self, client: Client, api: Service) -> Callable[[str], ElementTree.Element]:
        def get(query: str) -> ElementTree.Element:
            answer = client.get(f"/badge/{api.slug}.svg?{query}")
            assert answer.status_code == 200
            return ElementTree.fromstring(answer.content)

        return get

    @pytest.mark.parametrize(
        ("query", "radius"), [("", "3"), ("style=flat", "3"), ("style=flat-square", "0"), ("style=huge", "3")]
    )
    def test_it_has_round_or_square_corners(
        self, drawn: Callable[[str], ElementTree.Element], query: str, radius: str
    ) -> None:
        corners = drawn(query).find(f"{SVG}clipPath/{SVG}rect")
        assert corners is not None
        assert corners.get("rx") == radius

    @pytest.mark.parametrize(
        ("label", "shown"),
        [
            ("Our API", "Our API"),
            (XSS, XSS),
            ("]]></text>&amp;'", "]]></text>&amp;'"),
            ("", "API"),
            (" \n ", "API"),
            ("a\nb\tc\x08d\x1be", "a b cde"),
            ("\u202egnp.exe\u2066\u200b\ufeff\uffff", "gnp.exe"),
            ("é" * 5000, "é" * 59 + "…"),
        ],
    )
    def test_a_label_is_one_short_line_of_text(
        self, drawn: Callable[[str], ElementTree.Element], label: str, shown: str
    ) -> None:
        picture = drawn(urlencode({"label": label}))
        assert texts(picture) == [shown, "operational"]
        assert {part.tag for part in picture.iter()} == {f"{SVG}{name}" for name in PARTS}

    @pytest.mark.parametrize(
        "query", ["&" * 3000, "a=1&" * 30 + "label=x", "label=%ff%fe", "label", "%", "label=x" * 400]
    )
    def test_a_broken_query_breaks_no_picture(self, drawn: Callable[[str], ElementTree.Element], query: str) -> None:
        assert texts(drawn(query))[1] == "operational"

    def test_what_is_drawn_can_be_read_again(self) -> None:
        badge = badges.Badge("<API> & co.", "major outage", badges.FILLS["major"])
        assert badges.Badge.drawn(badge.svg().encode()) == badge


@pytest.mark.usefixtures("frozen")
class TestOfTheWholePage:
    def test_it_says_how_the_page_is(self, client: Client, api: Service, incident: Callable[..., Incident]) -> None:
        picture = ElementTree.fromstring(client.get("/badge.svg").content)
        assert texts(picture) == ["Status", "all systems operational"]
        incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
        picture = ElementTree.fromstring(client.get("/badge.svg").content)
        assert texts(picture) == ["Status", "major system outage"]

    @pytest.mark.parametrize(
        ("path", "label", "message"),
        [("/badge.json", "Status", "major system outage"), ("/badge/api.json", "API", "major outage")],
    )
    def test_shields_gets_the_same_as_json(  # noqa: PLR0917
        self, client: Client, api: Service, incident: Callable[..., Incident], path: str, label: str, message: str
    ) -> None:
        incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
        answer = client.get(path)
        assert answer["Content-Type"] == "application/json; charset=utf-8"
        assert answer.json() == {
            "schemaVersion": 1,
            "label": label,
            "message": message,
            "color": badges.FILLS["major"],
            "cacheSeconds": 60,
        }


@pytest.mark.parametrize("path", ["/badge/vault.svg", "/badge/vault.json", "/badge/vault.svg?label=x"])
def test_a_private_service_has_no_badge(client: Client, service: Callable[..., Service], path: str) -> None:
    service("vault", is_public=False)
    assert client.get(path).status_code == 404


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", ["badge/api", "badge/api/", "rss", "rss/"])
class TestAtTheAddressesOfTheApi:
    def test_it_is_the_same_for_everybody_for_a_minute(self, client: Client, base: str, name: str) -> None:
        answer = client.get(f"{base}/{name}", headers={"Authorization": "Bearer nonsense"})
        assert answer.status_code == 200
        assert answer["Cache-Control"].startswith("public, max-age=60,")
        again = client.get(f"{base}/{name}", headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_head_is_get_without_a_body(self, client: Client, base: str, name: str) -> None:
        answer, head = client.get(f"{base}/{name}"), client.head(f"{base}/{name}")
        assert (head.status_code, head.content, head["ETag"]) == (200, b"", answer["ETag"])

    @pytest.mark.parametrize("accept", ["image/svg+xml", "application/rss+xml", "image/avif,image/webp"])
    def test_whoever_accepts_something_else_gets_it_too(
        self, client: Client, base: str, name: str, accept: str
    ) -> None:
        assert client.get(f"{base}/{name}", headers={"Accept": accept}).status_code == 200

    def test_it_can_only_be_read(self, client: Client, base: str, name: str) -> None:
        answer = client.post(f"{base}/{name}")
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
        assert "GET" in answer["Allow"]


@pytest.mark.parametrize("base", BASES)
def test_what_is_unknown_or_private_has_no_badge(client: Client, base: str, service: Callable[..., Service]) -> None:
    service("vault", is_public=False)
    for slug in ("vault", "none", "A", "a.b"):
        answer: Any = client.get(f"{base}/badge/{slug}")
        assert (answer.status_code, answer.json()["code"]) == (404, 61190004)


def test_the_feed_is_the_one_of_the_site(client: Client, incident: Callable[..., Incident]) -> None:
    incident(title="Slow")
    there, here = client.get("/history.rss"), client.get("/api/v1/status/rss")
    assert here.content == there.content
    assert b"Slow" in here.content
