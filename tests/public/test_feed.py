from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import pytest
from django.test import Client

from incidents.models import Actor, Incident, MaintenanceWindow


@pytest.fixture
def feed(client: Client, frozen: object) -> Callable[[], Any]:
    """The feed as a strict reader sees it."""

    def read() -> Any:
        parsed = feedparser.parse(client.get("/history.rss").content)
        assert not parsed.bozo
        return parsed

    return read


@pytest.mark.usefixtures("pages")
def test_each_incident_and_window_is_one_entry_with_its_permalink_as_id(
    feed: Callable[[], Any], resolved: Incident, planned: MaintenanceWindow
) -> None:
    entries = feed().entries
    assert [entry.title for entry in entries] == ["Upgrade", "Slow answers"]
    assert [entry.id for entry in entries] == [
        f"http://127.0.0.1:8000/maintenance/{planned.pk}/",
        f"http://127.0.0.1:8000/incidents/{resolved.pk}/",
    ]
    assert [entry.link for entry in entries] == [entry.id for entry in entries]


def test_the_body_holds_every_update_newest_first(feed: Callable[[], Any], resolved: Incident) -> None:
    body = feed().entries[0].description
    places = [body.index(status) for status in ("Resolved", "Monitoring", "Identified", "Investigating")]
    assert places == sorted(places)
    assert "We see <strong>slow</strong> answers." in body


def test_an_update_moves_the_entry_to_the_top_and_keeps_its_id(
    feed: Callable[[], Any], incident: Callable[..., Incident], resolved: Incident, ops: Actor, now: datetime
) -> None:
    older = incident(title="Older", now=now - timedelta(days=9))
    assert feed().entries[0].title == "Slow answers"
    older.post_update(by=ops, status=older.state, message="Still there.", now=now - timedelta(minutes=1))
    newest = feed().entries[0]
    assert newest.id.endswith(f"/{older.pk}/")
    assert parsedate_to_datetime(newest.published) == now - timedelta(minutes=1)


def test_the_feed_ends_after_fifty_entries(
    feed: Callable[[], Any], incident: Callable[..., Incident], now: datetime
) -> None:
    for hours in range(52):
        incident(title=f"No. {hours}", now=now - timedelta(hours=hours))
    assert [entry.title for entry in feed().entries] == [f"No. {hours}" for hours in range(50)]


@pytest.mark.usefixtures("frozen")
def test_the_feed_was_modified_when_something_public_last_was(
    client: Client, resolved: Incident, ops: Actor, now: datetime
) -> None:
    resolved.edit(by=ops, title="Quite slow answers")
    assert parsedate_to_datetime(client.get("/history.rss")["Last-Modified"]) == now


def test_an_empty_feed_is_a_sound_feed(feed: Callable[[], Any], db: None) -> None:
    assert feed().entries == []


@pytest.mark.usefixtures("pages")
def test_links_never_follow_the_host_header(client: Client) -> None:
    response = client.get("/history.rss", headers={"Host": "localhost"})
    assert b"localhost" not in response.content


def test_an_empty_feed_is_the_same_at_every_second(client: Client, frozen: Any, db: None) -> None:
    before = client.get("/history.rss").content
    frozen.shift(1)
    assert client.get("/history.rss").content == before
