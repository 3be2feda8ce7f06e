"""Feeds and calendars are offered where people look for them, under addresses that their programs can use."""

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client

from incidents.lifecycle import MaintenanceStatus
from incidents.models import Actor, MaintenanceWindow
from tests.public.conftest import Pages, Soup, words

SITE = "http://127.0.0.1:8000"


def ways(page: BeautifulSoup) -> dict[str, str]:
    """Name → address, as they are told."""
    return {words(way.strong): words(way.select_one("a[href^='/']")) for way in page.select(".ways > li")}


def button(page: BeautifulSoup, told: str) -> Tag | None:
    return next((link for link in page.select("a.button") if words(link) == told), None)


def test_everything_can_be_followed_without_giving_an_address(soup: Soup, pages: Pages) -> None:
    assert ways(soup("/subscribe/")) == {
        "RSS": f"{SITE}/history.rss",
        "Atom": f"{SITE}/history.atom",
        "JSON Feed": f"{SITE}/feed.json",
        "Maintenance": f"{SITE}/maintenance.ics",
        "Maintenance and incidents": f"{SITE}/history.ics",
    }


def test_so_can_one_service(soup: Soup, pages: Pages) -> None:
    assert ways(soup(pages["service"])) == {
        "RSS": f"{SITE}/services/api.rss",
        "Atom": f"{SITE}/services/api.atom",
        "Calendar": f"{SITE}/services/api.ics",
    }


@pytest.mark.parametrize("route", ["subscribe", "service"])
def test_each_address_answers_and_can_be_copied(client: Client, soup: Soup, pages: Pages, route: str) -> None:
    page = soup(pages[route])
    told = list(ways(page).values())
    assert {client.get(address.removeprefix(SITE)).status_code for address in told} == {200}
    assert [copy["data-copy"] for copy in page.select(".ways [data-copy]")] == told


@pytest.mark.parametrize("route", ["subscribe", "service"])
def test_a_calendar_is_opened_by_the_program_that_will_follow_it(soup: Soup, pages: Pages, route: str) -> None:
    page = soup(pages[route])
    calendars = [address for address in ways(page).values() if address.endswith(".ics")]
    followed = [str(link["href"]) for link in page.select("a[href^='webcal:']")]
    assert followed == [address.replace("http://", "webcal://") for address in calendars] != []


def test_every_page_leads_there(soup: Soup, pages: Pages) -> None:
    for route in ("home", "incident", "history", "privacy"):
        (link,) = soup(pages[route]).select("footer a[href$='#feeds']")
        assert soup(str(link["href"]).partition("#")[0]).find(id="feeds")


def test_the_page_of_a_service_names_its_feeds_to_readers(soup: Soup, pages: Pages) -> None:
    named = [link["href"] for link in soup(pages["service"]).select("link[rel=alternate][type]")]
    assert named[:2] == ["/services/api.rss", "/services/api.atom"]
    assert "/history.rss" in named


def test_a_window_can_be_added_to_a_calendar_until_it_is_over(
    client: Client, soup: Soup, planned: MaintenanceWindow, ops: Actor
) -> None:
    path = f"/maintenance/{planned.pk}/"
    link = button(soup(path), "Add to calendar")
    assert link
    assert client.get(str(link["href"]))["Content-Type"] == "text/calendar; charset=utf-8"
    planned.post_update(by=ops, status=MaintenanceStatus.CANCELLED)
    assert button(soup(path), "Add to calendar") is None
