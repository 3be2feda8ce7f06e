"""`/history` for those who ask for JSON, and for everybody else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
type Opener = Callable[..., Incident]


def ask(query: str = "", accept: str = "application/json") -> Any:
    return Client().get(f"/history{query}", headers={"Accept": accept})


def months(query: str = "") -> list[tuple[str, int, list[str]]]:
    told = ask(query).json()["months"]
    return [(month["name"], month["year"], [one["name"] for one in month["incidents"]]) for month in told]


@pytest.fixture
def past(incident: Opener, now: datetime) -> Opener:
    """Records an incident that lasted an hour and ended so many days ago."""

    def record(days: float, **fields: Any) -> Incident:
        end = now - days * DAY
        return incident(status=IncidentStatus.RESOLVED, started_at=end - HOUR, resolved_at=end, **fields)

    return record


def test_three_months_a_page_the_newest_first_empty_ones_too(past: Opener) -> None:
    past(40, title="October")
    past(2, title="First")
    past(1, title="Second")
    past(120, title="July")
    assert months() == [
        ("November", 2026, ["Second", "First"]),
        ("October", 2026, ["October"]),
        ("September", 2026, []),
    ]
    assert months("?page=2") == [("August", 2026, []), ("July", 2026, ["July"]), ("June", 2026, [])]
    assert [month[:2] for month in months("?page=5")] == [("November", 2025), ("October", 2025), ("September", 2025)]


def test_an_incident_is_listed_as_in_the_history_of_the_page(past: Opener) -> None:
    told = past(1, message="Over & done.\n\nThanks.")
    assert ask().json()["months"][0]["incidents"] == [
        {
            "code": told.pk,
            "name": "Broken",
            "message": "Over &amp; done.<br /><br />Thanks.",
            "impact": "minor",
            "timestamp": "2026-11-20T12:00:00.000Z",
        }
    ]


def test_months_follow_the_zone_of_the_page(past: Opener, settings: Any) -> None:
    settings.PAGE_TIME_ZONE = "Pacific/Auckland"
    past(21, title="1 November there")  # 31 October 12:00 UTC
    assert months()[0] == ("November", 2026, ["1 November there"])


def test_maintenance_is_listed_unless_it_was_cancelled(
    window: Callable[..., MaintenanceWindow], now: datetime, ops: Actor
) -> None:
    soon = {"scheduled_start_at": now + HOUR, "scheduled_end_at": now + 2 * HOUR}
    held, cancelled, _ = (window(title=title, **soon) for title in ("Held", "Cancelled", "To come"))
    held.post_update(by=ops, status=held.STATUS.IN_PROGRESS)
    cancelled.post_update(by=ops, status=held.STATUS.CANCELLED)
    [listed] = ask().json()["months"][0]["incidents"]
    assert (listed["code"], listed["impact"]) == (held.pk, "maintenance")


def test_private_incidents_are_not_listed(past: Opener) -> None:
    past(1, is_public=False)
    assert months()[0] == ("November", 2026, [])


@pytest.mark.parametrize("number", ["108", "999", "9" * 5000])
def test_beyond_the_first_month_there_is_nothing(number: str) -> None:
    assert months(f"?page={number}") in ([], [("February", 2000, []), ("January", 2000, [])])


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "x", "", "%D9%A1"])
def test_nonsense_is_refused(number: str) -> None:
    answer = ask(f"?page={number}")
    assert (answer.status_code, answer["Cache-Control"]) == (400, "no-store")
    assert answer.json() == {"error": "page must be a whole number from 1."}


@pytest.mark.parametrize("accept", ["", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"])
def test_everybody_else_is_sent_to_the_page(accept: str) -> None:
    answer = ask("?page=2", accept)
    assert (answer.status_code, answer["Location"], answer["Vary"]) == (301, "/history/?page=2", "Accept")


@pytest.mark.parametrize("accept", ["application/json", "application/json, text/plain, */*", "application/json;q=0.9"])
def test_who_asks_for_json_gets_it(accept: str) -> None:
    assert "months" in ask("", accept).json()


def test_the_page_of_the_history_is_a_page_whatever_is_asked_for() -> None:
    answer = Client().get("/history/", headers={"Accept": "application/json"})
    assert answer["Content-Type"] == "text/html; charset=utf-8"
