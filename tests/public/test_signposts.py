"""Sitemap, robots.txt and security.txt."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from incidents.models import Incident, MaintenanceWindow, Service
from incidents.severity import ServiceStatus
from tests.public.conftest import Pages

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def mapped(client: Client) -> list[str]:
    answer = client.get("/sitemap.xml")
    assert answer["Content-Type"] == "application/xml"
    return [str(loc.text) for loc in ElementTree.fromstring(answer.content).iter(f"{SITEMAP}loc")]


@pytest.mark.usefixtures("pages")
def test_the_sitemap_names_the_pages_under_their_public_address(
    client: Client, resolved: Incident, planned: MaintenanceWindow
) -> None:
    paths = ["/", "/de/", "/es/", "/fr/", "/zh-hans/", "/history/", "/subscribe/", "/privacy/", "/services/api/"]
    stories = [f"/maintenance/{planned.pk}/", f"/incidents/{resolved.pk}/"]
    assert mapped(client) == [f"http://127.0.0.1:8000{path}" for path in (*paths, *stories)]


@pytest.mark.usefixtures("pages")
def test_each_address_of_the_sitemap_answers(client: Client) -> None:
    assert {client.get(address.removeprefix("http://127.0.0.1:8000")).status_code for address in mapped(client)} == {
        200
    }


def test_what_is_private_is_not_in_the_sitemap(
    client: Client, service: Callable[..., Service], incident: Callable[..., Incident], frozen: object
) -> None:
    before = mapped(client)
    service("vault", is_public=False)
    incident(is_public=False)
    assert mapped(client) == before


def test_robots_are_told_where_the_sitemap_is(client: Client) -> None:
    told = client.get("/robots.txt").content.decode().splitlines()
    assert told[0] == "User-agent: *"
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in told
    assert "Disallow: /admin/" in told


class TestSecurityTxt:
    def test_it_is_what_rfc_9116_says(self, client: Client, frozen: object) -> None:
        answer = client.get("/.well-known/security.txt")
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.content.decode().splitlines() == [
            "Contact: mailto:security@example.com",
            "Expires: 2027-05-03T00:00:00Z",
            "Canonical: http://127.0.0.1:8000/.well-known/security.txt",
            "Preferred-Languages: en",
        ]

    @pytest.mark.parametrize("days", range(0, 400, 30))
    def test_it_never_expires_within_five_months_nor_lasts_a_year(self, client: Client, frozen: Any, days: int) -> None:
        frozen.shift(days * 86_400)
        lines = client.get("/.well-known/security.txt").content.decode().splitlines()
        expires = datetime.fromisoformat(lines[1].removeprefix("Expires: "))
        assert 150 < (expires - datetime.now(UTC)).days < 365

    def test_without_a_contact_there_is_none(self, client: Client, db: None, settings: Any) -> None:
        settings.SECURITY_CONTACT = ""
        assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.usefixtures("pages")
def test_a_page_names_its_feeds_to_readers(client: Client, pages: Pages) -> None:
    page = client.get("/").content.decode()
    for kind, path in (("rss+xml", "/history.rss"), ("atom+xml", "/history.atom"), ("feed+json", "/feed.json")):
        assert f'rel="alternate" type="application/{kind}"' in page
        assert f'href="{path}"' in page


def test_a_preview_of_the_page_tells_its_status(
    client: Client, api: Service, incident: Callable[..., Incident], frozen: object
) -> None:
    def previewed() -> list[str]:
        page = BeautifulSoup(client.get("/").content, "html.parser")
        return [str(page.select_one(f"meta[property='og:{name}']")["content"]) for name in ("title", "description")]  # type: ignore[index]

    assert previewed()[0] == "All Systems Operational"
    incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
    title, description = previewed()
    assert title == "Major System Outage: API"
    assert description.startswith("0 of 1 service operational")
