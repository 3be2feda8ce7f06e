"""Public answers are the same bytes for everybody, and a cache may keep them."""

from email.utils import parsedate_to_datetime

import pytest
from django.test import Client

from incidents.models import Actor, Incident, MaintenanceWindow
from tests.conftest import NOW
from tests.public.conftest import BADGES, CALENDARS, EMBEDDED, FEEDS, Pages

SELDOM_CHANGED = (*FEEDS, *CALENDARS, *BADGES, "sitemap")
READ_ONLY = (
    *("home", "incident", "maintenance", "service", "history", "month", "error", "favicon", "robots", "security"),
    *SELDOM_CHANGED,
    *EMBEDDED,
)
ROUTES = (*READ_ONLY, "subscribe")


@pytest.mark.parametrize("route", ROUTES)
def test_a_public_answer_may_be_cached_by_everybody(client: Client, pages: Pages, route: str) -> None:
    response = client.get(pages[route])
    seconds = 60 if route in SELDOM_CHANGED else 10
    assert response.status_code == 200
    assert response["Cache-Control"] == (
        f"public, max-age={seconds}, s-maxage={seconds}, stale-while-revalidate=30, stale-if-error=86400"
    )


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("cookie", ["", "x", "0" * 32])
def test_a_public_answer_neither_sets_nor_depends_on_cookies(
    client: Client, pages: Pages, route: str, cookie: str
) -> None:
    plain = Client().get(pages[route])
    client.cookies["sessionid"] = client.cookies["csrftoken"] = cookie
    response = client.get(pages[route])
    assert response.content == plain.content
    assert not response.cookies
    assert "Vary" not in response


@pytest.mark.parametrize("route", ROUTES)
def test_an_unchanged_page_is_not_sent_again(client: Client, pages: Pages, route: str) -> None:
    etag = client.get(pages[route])["ETag"]
    again = client.get(pages[route], headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert "stale-if-error" in again["Cache-Control"]


def test_a_changed_page_is_sent_again(client: Client, pages: Pages, resolved: Incident, ops: Actor) -> None:
    etag = client.get(pages["incident"])["ETag"]
    resolved.edit(by=ops, title="Very slow answers")
    again = client.get(pages["incident"], headers={"If-None-Match": etag})
    assert again.status_code == 200


@pytest.mark.parametrize("route", ROUTES)
def test_head_answers_with_the_same_headers(client: Client, pages: Pages, route: str) -> None:
    got, head = client.get(pages[route]), client.head(pages[route])
    assert (head.status_code, head.content) == (200, b"")
    assert [head[name] for name in ("ETag", "Content-Length", "Content-Type")] == [
        got[name] for name in ("ETag", "Content-Length", "Content-Type")
    ]


@pytest.mark.parametrize("route", READ_ONLY)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_public_page_can_only_be_read(pages: Pages, route: str, method: str) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, pages[route])
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_the_feed_tells_two_changes_of_one_second_apart(
    client: Client, pages: Pages, resolved: Incident, ops: Actor, frozen: object
) -> None:
    resolved.edit(by=ops, title="Quite slow answers")
    seen = client.get(pages["rss"])["Last-Modified"]
    resolved.edit(by=ops, title="Very slow answers")
    again = client.get(pages["rss"], headers={"If-Modified-Since": seen})
    assert (again.status_code, again["Last-Modified"]) == (200, seen)
    assert b"Very slow answers" in again.content


@pytest.mark.parametrize("route", [*SELDOM_CHANGED, *EMBEDDED])
def test_what_programs_read_says_when_the_public_last_saw_a_change(
    client: Client, pages: Pages, planned: MaintenanceWindow, ops: Actor, route: str
) -> None:
    planned.edit(by=ops, title="Big upgrade")
    assert parsedate_to_datetime(client.get(pages[route])["Last-Modified"]) == NOW
