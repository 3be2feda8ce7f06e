import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import pytest
from django.test import Client

from incidents.models import Actor, Incident, MaintenanceWindow, Service
from incidents.severity import ServiceStatus

type Feed = Callable[..., Any]
XML = ["/history.rss", "/history.atom", "/services/api.rss", "/services/api.atom"]
EVERY = [*XML, "/feed.json"]


@pytest.fixture
def feed(client: Client, frozen: object) -> Feed:
    """A feed as a strict reader sees it."""

    def read(path: str = "/history.rss") -> Any:
        answer = client.get(path)
        parsed = feedparser.parse(answer.content, response_headers={"content-type": answer["Content-Type"]})
        assert not parsed.bozo
        return parsed

    return read


@pytest.fixture
def links(client: Client) -> Callable[[str], list[str]]:
    """The ids of a feed's entries, in its order."""

    def read(path: str) -> list[str]:
        content = client.get(path).content
        if path.endswith(".json"):
            return [item["id"] for item in json.loads(content)["items"]]
        return [entry.id for entry in feedparser.parse(content).entries]

    return read


@pytest.mark.usefixtures("pages")
def test_each_incident_and_window_is_one_entry_with_its_permalink_as_id(
    feed: Feed, resolved: Incident, planned: MaintenanceWindow
) -> None:
    entries = feed().entries
    assert [entry.title for entry in entries] == ["Upgrade", "Slow answers"]
    assert [entry.id for entry in entries] == [
        f"http://127.0.0.1:8000/maintenance/{planned.pk}/",
        f"http://127.0.0.1:8000/incidents/{resolved.pk}/",
    ]
    assert [entry.link for entry in entries] == [entry.id for entry in entries]


def test_the_body_holds_every_update_newest_first(feed: Feed, resolved: Incident) -> None:
    body = feed().entries[0].description
    places = [body.index(status) for status in ("Resolved", "Monitoring", "Identified", "Investigating")]
    assert places == sorted(places)
    assert "We see <strong>slow</strong> answers." in body


def test_an_update_moves_the_entry_to_the_top_and_keeps_its_id(
    feed: Feed, incident: Callable[..., Incident], resolved: Incident, ops: Actor, now: datetime
) -> None:
    older = incident(title="Older", now=now - timedelta(days=9))
    assert feed().entries[0].title == "Slow answers"
    older.post_update(by=ops, status=older.state, message="Still there.", now=now - timedelta(minutes=1))
    newest = feed().entries[0]
    assert newest.id.endswith(f"/{older.pk}/")
    assert parsedate_to_datetime(newest.published) == now - timedelta(minutes=1)


def test_the_feed_ends_after_fifty_entries(feed: Feed, incident: Callable[..., Incident], now: datetime) -> None:
    for hours in range(52):
        incident(title=f"No. {hours}", now=now - timedelta(hours=hours))
    assert [entry.title for entry in feed().entries] == [f"No. {hours}" for hours in range(50)]


@pytest.mark.usefixtures("frozen")
def test_the_feed_was_modified_when_something_public_last_was(
    client: Client, resolved: Incident, ops: Actor, now: datetime
) -> None:
    resolved.edit(by=ops, title="Quite slow answers")
    assert parsedate_to_datetime(client.get("/history.rss")["Last-Modified"]) == now


def test_an_empty_feed_is_a_sound_feed(feed: Feed, db: None) -> None:
    assert feed().entries == []


@pytest.mark.usefixtures("pages")
def test_links_never_follow_the_host_header(client: Client) -> None:
    response = client.get("/history.rss", headers={"Host": "localhost"})
    assert b"localhost" not in response.content


@pytest.mark.parametrize("path", EVERY)
def test_an_empty_feed_is_the_same_at_every_second(client: Client, frozen: Any, api: Service, path: str) -> None:
    before = client.get(path).content
    frozen.shift(1)
    assert client.get(path).content == before


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("path", EVERY)
def test_every_form_holds_the_same_entries(links: Callable[[str], list[str]], path: str) -> None:
    assert links(path) == links("/history.rss") != []


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("path", EVERY)
def test_every_absolute_link_of_a_feed_leads_to_something(client: Client, path: str) -> None:
    found = set(re.findall(r"http://127\.0\.0\.1:8000(/[^\"<\s]*)", client.get(path).content.decode()))
    assert path in found
    assert {link: client.get(link).status_code for link in found} == dict.fromkeys(found, 200)


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("path", XML)
def test_each_form_of_xml_is_sound_and_whole(feed: Feed, path: str) -> None:
    parsed = feed(path)
    planned, resolved = parsed.entries
    assert parsed.version == ("rss20" if path.endswith("rss") else "atom10")
    assert (planned.title, resolved.title) == ("Upgrade", "Slow answers")
    assert "We see <strong>slow</strong> answers." in (
        resolved.content[0].value if "content" in resolved else resolved.summary
    )
    assert [tag.term for tag in resolved.tags] == ["minor", "resolved"]


def test_atom_tells_when_it_began_and_when_it_was_told_last(feed: Feed, resolved: Incident, now: datetime) -> None:
    (entry,) = feed("/history.atom").entries
    began = now - timedelta(days=3)
    told = [datetime.fromisoformat(at) for at in (entry.published, entry.updated)]
    assert told == [began, began + timedelta(minutes=90)]


def test_json_feed_is_what_its_specification_says(client: Client, frozen: object, resolved: Incident) -> None:
    answer = client.get("/feed.json")
    told = answer.json()
    (item,) = told.pop("items")
    assert answer["Content-Type"] == "application/feed+json"
    assert told == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Status",
        "home_page_url": "http://127.0.0.1:8000/",
        "feed_url": "http://127.0.0.1:8000/feed.json",
        "description": "Incidents and maintenance, newest word first.",
        "language": "en",
    }
    assert item.pop("content_html").count("<strong>") == 5
    assert item == {
        "id": f"http://127.0.0.1:8000/incidents/{resolved.pk}/",
        "url": f"http://127.0.0.1:8000/incidents/{resolved.pk}/",
        "title": "Slow answers",
        "date_published": "2026-11-18T12:00:00+00:00",
        "date_modified": "2026-11-18T13:30:00+00:00",
        "tags": ["minor", "resolved"],
    }


class TestOfOneService:
    @pytest.mark.usefixtures("pages", "login")
    def test_it_holds_only_what_is_about_it(self, feed: Feed, links: Callable[[str], list[str]]) -> None:
        assert feed("/services/api.rss").feed.title == "API – Status"
        assert len(links("/services/api.rss")) == 2
        assert links("/services/login.rss") == links("/services/login.atom") == []

    def test_what_hit_it_twice_is_in_it_once(
        self,
        links: Callable[[str], list[str]],
        resolved: Incident,
        api: Service,
        ops: Actor,
        incident: Callable[..., Incident],
    ) -> None:
        again = incident(title="Again", levels={api: None})
        again.post_update(by=ops, status=again.state, levels={api: ServiceStatus.MAJOR_OUTAGE})
        assert len(links("/services/api.rss")) == 2

    @pytest.mark.parametrize("form", ["rss", "atom", "ics"])
    def test_a_private_service_has_none(self, client: Client, service: Callable[..., Service], form: str) -> None:
        service("vault", is_public=False)
        assert client.get(f"/services/vault.{form}").status_code == 404

    def test_what_is_private_is_not_in_it(
        self, links: Callable[[str], list[str]], api: Service, incident: Callable[..., Incident]
    ) -> None:
        incident(levels={api: None}, is_public=False)
        assert links("/services/api.rss") == []
