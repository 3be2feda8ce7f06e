"""Status and downtime, service by service and day by day, as the page's calendar cuts them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.lifecycle import IncidentStatus
from incidents.models import Incident, Service
from incidents.severity import ServiceStatus
from tests.api.calling import ENVELOPE, Caller

HISTORY = f"{ENVELOPE}/history"


@pytest.fixture
def api(service: Callable[..., Service], now: datetime, frozen: object) -> Service:
    """Ten days old."""
    return service("api", name="API", now=now - timedelta(days=10))


@pytest.fixture
def outage(api: Service, incident: Callable[..., Incident]) -> None:
    """On 19 November from 22:30 to midnight UTC partly, and then down for half an hour."""
    start = datetime(2026, 11, 19, 22, 30, tzinfo=UTC)
    middle, end = start + timedelta(hours=1, minutes=30), start + timedelta(hours=2)
    for level, begun, over in (
        (ServiceStatus.PARTIAL_OUTAGE, start, middle),
        (ServiceStatus.MAJOR_OUTAGE, middle, end),
    ):
        incident(status=IncidentStatus.RESOLVED, levels={api: level}, started_at=begun, resolved_at=over)


def days_of(caller: Caller, query: str = "") -> dict[str, Any]:
    [service] = caller.get(f"{HISTORY}?{query}").json()["data"]["services"]
    return {day["date"]: day for day in service["days"]}


@pytest.mark.usefixtures("outage")
def test_each_day_tells_its_worst_level_and_what_was_lost(anyone: Caller) -> None:
    days = days_of(anyone, "days=3")
    assert list(days) == ["2026-11-19", "2026-11-20", "2026-11-21"]
    assert days["2026-11-19"] == {
        "date": "2026-11-19",
        "status": "PARTIAL_OUTAGE",
        "uptime": "98.12%",
        "downtimeSeconds": 27 * 60,
        "affectedSeconds": 90 * 60,
    }
    assert (days["2026-11-20"]["status"], days["2026-11-20"]["downtimeSeconds"]) == ("MAJOR_OUTAGE", 30 * 60)
    assert (days["2026-11-21"]["status"], days["2026-11-21"]["uptime"]) == ("OPERATIONAL", "100.00%")


@pytest.mark.usefixtures("outage")
def test_a_day_begins_when_it_does_in_the_time_zone_of_the_page(anyone: Caller, settings: Any) -> None:
    settings.PAGE_TIME_ZONE = "Europe/Berlin"
    days = days_of(anyone, "days=3")
    assert (days["2026-11-19"]["affectedSeconds"], days["2026-11-20"]["affectedSeconds"]) == (30 * 60, 90 * 60)
    assert anyone.get(HISTORY).json()["data"]["timeZone"] == "Europe/Berlin"


@pytest.mark.usefixtures("api")
def test_a_day_before_the_service_existed_has_no_value(anyone: Caller) -> None:
    days = days_of(anyone)
    assert len(days) == 90
    first = min(days)
    assert days.pop(first) == {
        "date": "2026-08-24",
        "status": None,
        "uptime": None,
        "downtimeSeconds": None,
        "affectedSeconds": None,
    }
    assert sum(day["status"] is not None for day in days.values()) == 11


def test_one_service_can_be_asked_for(anyone: Caller, api: Service, login: Service) -> None:
    assert [s["id"] for s in anyone.get(HISTORY).json()["data"]["services"]] == ["api", "login"]
    assert [s["id"] for s in anyone.get(f"{HISTORY}?service=login").json()["data"]["services"]] == ["login"]


def test_a_private_service_has_no_history(anyone: Caller, service: Callable[..., Service]) -> None:
    service("vault", is_public=False)
    assert anyone.get(HISTORY).json()["data"]["services"] == []
    assert anyone.get(f"{HISTORY}?service=vault").status_code == 404


@pytest.mark.parametrize("query", ["days=0", "days=91", "days=x", "service=No%20slug"])
def test_nonsense_is_a_bad_request(anyone: Caller, query: str) -> None:
    assert anyone.get(f"{HISTORY}?{query}").status_code == 400
