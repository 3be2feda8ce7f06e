"""The path says in which language a page is, and nothing else does."""

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from incidents import roles
from statussite import languages
from tests.languages.conftest import FOR_PEOPLE, OTHERS, placed
from tests.public.conftest import Pages, Soup

SITE = "http://127.0.0.1:8000"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("route", FOR_PEOPLE)
def test_every_page_for_people_is_there_in_every_language(soup: Soup, pages: Pages, route: str, language: str) -> None:
    html = soup(placed(pages, route, language)).html
    assert html
    assert html["lang"] == language


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("purpose", ["confirm", "manage", "unsubscribe"])
def test_so_are_those_that_a_mail_leads_to(soup: Soup, holder_pages: Pages, purpose: str, language: str) -> None:
    html = soup(placed(holder_pages, purpose, language)).html
    assert html
    assert html["lang"] == language


@pytest.mark.parametrize("language", ["en", *OTHERS])
@pytest.mark.parametrize("route", ["home", "service", "history", "privacy", "subscribe"])
def test_its_links_stay_in_the_language(soup: Soup, pages: Pages, route: str, language: str) -> None:
    page = soup(pages[route] if language == "en" else placed(pages, route, language))
    assert page.footer
    page.footer.find("nav", class_="languages").decompose()  # type: ignore[union-attr]
    links = [str(link["href"]) for link in page.select("body a[href^='/']")]
    for_programs = (".rss", ".atom", ".json", ".ics", "/api/docs")
    elsewhere = [link for link in links if languages.of(link) != language and not link.endswith(for_programs)]
    assert links
    assert elsewhere == []


@pytest.mark.parametrize(
    "route", ["home", "incident", "maintenance", "service", "month", "privacy", "error", "subscribe"]
)
def test_search_engines_are_told_of_the_page_in_every_language(soup: Soup, pages: Pages, route: str) -> None:
    expected = {"en": f"{SITE}{pages[route]}", **{code: f"{SITE}{placed(pages, route, code)}" for code in OTHERS}}
    for page in (soup(pages[route]), soup(placed(pages, route, "de"))):
        told = {link["hreflang"]: link["href"] for link in page.select("head link[rel=alternate][hreflang]")}
        assert told == expected
    assert page.select_one("link[rel=canonical]")["href"] == expected["de"]  # type: ignore[index]


@pytest.mark.parametrize("route", ["home", "incident", "history", "subscribe"])
def test_the_footer_leads_to_the_same_page_in_every_language(soup: Soup, pages: Pages, route: str) -> None:
    page = soup(placed(pages, route, "fr"))
    links = page.select("footer nav.languages a")
    assert [(a["lang"], a["href"], a.text) for a in links] == [
        (code, pages[route] if code == "en" else placed(pages, route, code), name) for code, name in settings.LANGUAGES
    ]
    assert [a["lang"] for a in links if a.has_attr("aria-current")] == ["fr"]


@pytest.mark.parametrize(
    ("header", "value"), [("Accept-Language", "de"), ("Cookie", "django_language=de"), ("Content-Language", "de")]
)
def test_nothing_that_a_browser_sends_changes_the_language(
    client: Client, pages: Pages, header: str, value: str
) -> None:
    answer = client.get("/", headers={header: value})
    assert b'<html lang="en">' in answer.content
    assert "Vary" not in answer
    assert not answer.cookies


@pytest.mark.parametrize(
    "path", ["/en/", "/DE/", "/de/de/", "/nl/", "/zh/", "/de/history.rss", "/de/api/v1/status/overview"]
)
def test_a_page_has_one_address_in_each_language(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_forgotten_slash_is_added(client: Client, db: None) -> None:
    assert client.get("/de")["Location"] == "/de/"
    assert client.get("/zh-hans/history")["Location"] == "/zh-hans/history/"


def test_what_is_missing_is_said_in_the_language(client: Client, db: None) -> None:
    answer = client.get("/de/nichts/")
    assert answer.status_code == 404
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.html
    assert page.html["lang"] == "de"
    assert page.h1
    assert page.h1.text == "Unter dieser Adresse gibt es nichts"
    assert page.select_one(".failure a")["href"] == "/de/"  # type: ignore[index]


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\\\evil.example/", "/de//evil.example/", "/de/%5C%5Cevil.example/", '/"><b>']
)
def test_the_links_of_a_made_up_address_lead_nowhere_else(client: Client, db: None, path: str) -> None:
    page = BeautifulSoup(client.get(path).content, "html.parser")
    links = [str(link["href"]) for link in page.select("nav.languages a")]
    assert len(links) == len(settings.LANGUAGES)
    assert [link for link in links if not re.match(r"/(?:[a-z%]|$)", link)] == []
    assert not page.find("b")


def test_the_desk_and_the_api_are_english_whatever_the_page_is(
    client: Client, user: Any, settings: Any, db: None
) -> None:
    settings.LANGUAGE_CODE = "de"
    boss: User = user("ops", roles.PLATFORM_OPS, is_staff=True)
    client.force_login(boss)
    assert b'lang="en' in client.get(reverse("admin:index")).content
    refused = client.post("/api/v1/auth/token", {}, content_type="application/json")
    assert "This field is required." in refused.content.decode() or "Must" in refused.content.decode()


def test_the_banner_for_other_sites_is_there_in_every_language(client: Client, pages: Pages) -> None:
    for language in OTHERS:
        answer = client.get(f"/{language}/embed.js")
        assert answer.status_code == 200
        assert f"{SITE}/{language}/embed.js" in answer.content.decode()


def test_robots_leave_alone_what_is_for_one_reader_in_every_language(client: Client) -> None:
    told = client.get("/robots.txt").content.decode().splitlines()
    assert {f"Disallow: /{language}/subscriptions/" for language in OTHERS} <= set(told)
