"""Slack and Teams messages, as these products take them. What ops typed stays text in both."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from incidents import page
from incidents.models import Channel, Incident, Service, Subscription
from incidents.notify import channels
from incidents.notify.transport import Failed, Sent, TransportError
from tests.receiver import Receiver, answers

CHATS = (Channel.SLACK, Channel.TEAMS)

type Send = Callable[[page.Notice, Channel], Any]


@pytest.fixture
def send(endpoint: Callable[..., Subscription], theirs: Receiver, now: datetime) -> Send:
    """Returns the document that arrived."""

    def sent(notice: page.Notice, channel: Channel) -> Any:
        assert channels.send(notice, endpoint(channel), now) == Sent(204)
        (received,) = theirs.received
        assert received.headers["content-type"] == "application/json; charset=utf-8"
        return json.loads(received.body)

    return sent


def texts(value: Any) -> Iterator[str]:
    """Every string in a document."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(item)


def test_slack_is_told_in_blocks_beside_a_bar(outage: page.Notice, send: Send) -> None:
    message = send(outage, Channel.SLACK)
    assert message["text"] == "[Status] Investigating: Requests &lt;fail&gt; &amp; wait"
    (bar,) = message["attachments"]
    assert bar["color"] == "#ea580c"  # a partial outage
    heading, words, facts, actions = bar["blocks"]
    link = f"http://127.0.0.1:8000/incidents/{outage.story.id}/"
    assert heading["text"]["text"] == f"*Investigating: <{link}|Requests &lt;fail&gt; &amp; wait>*"
    assert words["text"]["text"] == ("We are looking into it, see our guide (https://example.com/guide?a=1&amp;b=2).")
    assert [field["text"] for field in facts["fields"]] == [
        "*Impact*\nMajor impact",
        "*Began*\n21 Nov 2026, 12:00\xa0UTC",
        "*Services*\nAPI: Operational → Partial outage\nLogin: Operational → Partial outage",
        "*Next update by*\n21 Nov 2026, 13:00\xa0UTC",
    ]
    assert [button["url"] for button in actions["elements"]] == [link]


def test_teams_is_told_by_a_card(outage: page.Notice, send: Send) -> None:
    message = send(outage, Channel.TEAMS)
    assert message["type"] == "message"
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"], card["body"][0]["style"]) == ("AdaptiveCard", "1.4", "warning")
    said = list(texts(card["body"]))
    for words in ("Requests <fail> & wait", "Major impact", "API: Operational → Partial outage"):
        assert words in said
    assert [action["url"] for action in card["actions"]] == [f"http://127.0.0.1:8000/incidents/{outage.story.id}/"]


def test_teams_takes_nothing_that_was_typed_for_markdown(outage: page.Notice, send: Send) -> None:
    """A TextBlock or a FactSet would."""
    card = send(outage, Channel.TEAMS)["attachments"][0]["content"]
    assert set(kinds(card["body"])) <= {"Container", "RichTextBlock", "TextRun", "ColumnSet", "Column"}


def kinds(elements: Any) -> Iterator[str]:
    for element in elements:
        yield element["type"]
        for inside in ("items", "columns", "inlines"):
            yield from kinds(element.get(inside, ()))


@pytest.mark.parametrize("channel", CHATS)
def test_the_end_is_good_news(recovery: page.Notice, send: Send, channel: Channel) -> None:
    message = json.dumps(send(recovery, channel))
    assert "Resolved" in message
    assert ("#16a34a" if channel is Channel.SLACK else '"good"') in message


@pytest.mark.parametrize("channel", CHATS)
def test_maintenance_tells_when(upgrade: page.Notice, send: Send, channel: Channel) -> None:
    said = "\n".join(texts(send(upgrade, channel)))
    for words in ("Scheduled maintenance", "22 Nov 2026, 12:00\xa0UTC", "22 Nov 2026, 13:00\xa0UTC", "API"):
        assert words in said


@pytest.mark.parametrize("channel", CHATS)
@pytest.mark.parametrize("status", [404, 410])
def test_a_hook_that_was_removed_is_gone(
    outage: page.Notice, endpoint: Callable[..., Subscription], theirs: Receiver, channel: Channel, status: int
) -> None:
    theirs.answer = answers(status)
    with pytest.raises(TransportError) as caught:
        channels.send(outage, endpoint(channel), outage.made_at)
    assert caught.value == TransportError(Failed.STATUS, status, permanent=True, gone=True)


@pytest.fixture
def wordy(
    incident: Callable[..., Incident], service: Callable[..., Service], told: Callable[..., page.Notice], now: datetime
) -> page.Notice:
    hit = [service(f"service-{n}", name=f"{'<' * 90}{n:03}") for n in range(80)]
    incident(title="<" * 200, message="<" * 19_000, levels=dict.fromkeys(hit), now=now)
    return told(now)


@pytest.mark.parametrize("channel", CHATS)
def test_however_much_was_written_it_is_cut_to_what_they_take(wordy: page.Notice, send: Send, channel: Channel) -> None:
    message = send(wordy, channel)
    assert len(json.dumps(message)) < 28_000
    assert all(len(text) <= 3000 for text in texts(message))
    if channel is Channel.SLACK:
        assert all(len(field["text"]) <= 2000 for field in message["attachments"][0]["blocks"][2]["fields"])
        assert all(text.count("&") == text.count("&lt;") for text in texts(message))
    else:
        assert "and 60 more" in texts(message)


@pytest.mark.parametrize("channel", CHATS)
def test_an_address_that_nobody_can_read_any_more_is_given_up(
    outage: page.Notice, endpoint: Callable[..., Subscription], channel: Channel
) -> None:
    row = endpoint(channel)
    row.sealed_endpoint = b"sealed with a key that is gone"
    with pytest.raises(TransportError) as caught:
        channels.send(outage, row, outage.made_at)
    assert caught.value == TransportError(Failed.UNREADABLE, permanent=True)
