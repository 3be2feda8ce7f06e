"""The calendars as a strict program reads them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
from django.test import Client

from incidents.lifecycle import MaintenanceStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service
from incidents.public import ics
from tests.public.conftest import CALENDARS, Pages

HOUR = timedelta(hours=1)

type Events = Callable[..., list[Any]]


@pytest.fixture
def events(client: Client, frozen: object) -> Events:
    """Those of the calendar at a path; nothing in it may be broken."""

    def read(path: str = "/maintenance.ics") -> list[Any]:
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        calendar: Any = icalendar.Calendar.from_ical(answer.content)
        found = calendar.walk("VEVENT")
        assert [problem for part in (calendar, *found) for problem in part.errors] == []
        return list(found)

    return read


def test_a_window_is_one_event_at_its_time(events: Events, planned: MaintenanceWindow, now: datetime) -> None:
    (event,) = events()
    start = now + timedelta(days=2, hours=2)
    assert str(event["UID"]) == f"{planned.pk}@127.0.0.1"
    assert (event.start, event.end) == (start, start + 2 * HOUR)
    assert (str(event["SUMMARY"]), str(event["STATUS"])) == ("Upgrade (scheduled)", "CONFIRMED")
    assert str(event["URL"]) == f"http://127.0.0.1:8000/maintenance/{planned.pk}/"
    assert str(event["TRANSP"]) == "TRANSPARENT"


def test_moving_a_window_keeps_its_uid_and_raises_its_number(
    events: Events, planned: MaintenanceWindow, ops: Actor, now: datetime
) -> None:
    (before,) = events()
    start = planned.scheduled_start_at + 24 * HOUR
    planned.edit(by=ops, scheduled_start_at=start, scheduled_end_at=start + HOUR, now=now)
    (after,) = events()
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert (after.start, after.end) == (start, start + HOUR)


def test_a_cancelled_window_stays_and_says_so(events: Events, planned: MaintenanceWindow, ops: Actor) -> None:
    (before,) = events()
    planned.post_update(by=ops, status=MaintenanceStatus.CANCELLED)
    (after,) = events()
    assert (after["UID"], str(after["STATUS"])) == (before["UID"], "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert (after.start, after.end) == (before.start, before.end)


def test_a_window_that_is_over_took_as_long_as_it_took(
    events: Events, under_way: MaintenanceWindow, ops: Actor, now: datetime
) -> None:
    under_way.post_update(by=ops, status=MaintenanceStatus.COMPLETED, now=now)
    (event,) = events()
    assert (event.start, event.end) == (now - timedelta(minutes=5), now)


def test_an_incident_lasts_until_it_is_resolved(events: Events, resolved: Incident, now: datetime) -> None:
    (event,) = events("/history.ics")
    start = now - timedelta(days=3)
    assert (event.start, event.end) == (start, start + timedelta(minutes=90))
    assert str(event["DESCRIPTION"]).startswith("API\n\nResolved – 18 Nov 2026, 13:30")
    assert "We see slow answers." in str(event["DESCRIPTION"])


def test_an_open_incident_lasts_until_its_last_word(
    events: Events, incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    story = incident(now=now - 3 * HOUR)
    (event,) = events("/history.ics")
    assert "DTEND" not in event
    story.post_update(by=ops, status=story.state, message="Still.", now=now - HOUR)
    (event,) = events("/history.ics")
    assert (event.start, event.end) == (now - 3 * HOUR, now - HOUR)


@pytest.mark.usefixtures("pages", "login")
def test_each_calendar_holds_what_it_is_named_for(
    events: Events, resolved: Incident, planned: MaintenanceWindow
) -> None:
    held = {
        path: {str(event["UID"]).split("@")[0] for event in events(path)}
        for path in ("/history.ics", "/maintenance.ics", "/services/api.ics", "/services/login.ics")
    }
    both = {resolved.pk, planned.pk}
    assert held == {
        "/history.ics": both,
        "/maintenance.ics": {planned.pk},
        "/services/api.ics": both,
        "/services/login.ics": set(),
    }


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("path", ["/history.ics", "/maintenance.ics", "/services/api.ics"])
def test_each_event_leads_to_its_page(client: Client, events: Events, path: str) -> None:
    links = [str(event["URL"]).removeprefix("http://127.0.0.1:8000") for event in events(path)]
    assert links
    assert {client.get(link).status_code for link in links} == {200}


def test_one_window_is_a_calendar_of_its_own(
    events: Events, planned: MaintenanceWindow, window: Callable[..., MaintenanceWindow], now: datetime
) -> None:
    window(scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR, now=now)
    (event,) = events(f"/maintenance/{planned.pk}.ics")
    assert str(event["UID"]).startswith(planned.pk)


def test_every_window_ahead_is_there_and_fifty_that_are_over(
    events: Events, window: Callable[..., MaintenanceWindow], ops: Actor, now: datetime
) -> None:
    for hours in range(52):
        past = window(scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR, now=now)
        past.post_update(by=ops, status=MaintenanceStatus.CANCELLED, now=now + timedelta(seconds=hours))
    for days in range(51):
        window(scheduled_start_at=now + days * 24 * HOUR + HOUR, scheduled_end_at=now + days * 24 * HOUR + 2 * HOUR)
    states = [str(event["STATUS"]) for event in events()]
    assert (states.count("CANCELLED"), states.count("CONFIRMED")) == (50, 51)


@pytest.mark.parametrize("route", CALENDARS)
def test_a_calendar_stays_the_same_until_something_changes(
    client: Client, pages: Pages, frozen: Any, incident: Callable[..., Incident], route: str
) -> None:
    incident()
    before = client.get(pages[route]).content
    frozen.shift(3600)
    assert client.get(pages[route]).content == before


@pytest.mark.parametrize("route", CALENDARS)
def test_its_lines_are_short_end_as_they_must_and_split_no_letter(
    client: Client, pages: Pages, planned: MaintenanceWindow, ops: Actor, route: str
) -> None:
    planned.edit(by=ops, title="維護" * 90)
    content = client.get(pages[route]).content
    lines = content.split(b"\r\n")
    assert content.endswith(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= ics.MAX_LINE
    assert all(line.decode() for line in lines[:-1])


def test_an_empty_calendar_is_a_sound_calendar(events: Events, api: Service) -> None:
    assert events() == events("/history.ics") == events("/services/api.ics") == []


@pytest.mark.parametrize(
    "text", ["a;b,c\\d", "one\ntwo", "x\r\nEND:VEVENT\r\nBEGIN:VEVENT", "\x85\u2028\u2029END:VEVENT"]
)
def test_what_somebody_types_ends_neither_the_value_nor_the_event(text: str) -> None:
    content = ics.calendar("Status", [[("UID", "1"), ("DTSTAMP", "20261121T120000Z"), ("SUMMARY", ics.text(text))]])
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert str(event["SUMMARY"]).split() == text.replace("\x85", "\n").split()
