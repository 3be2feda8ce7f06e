"""Services, groups and the figures of the whole page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Actor, Incident, Service, ServiceGroup
from incidents.severity import ServiceStatus
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller, wrong_fields

OPS = Actor("ops", "test")


@pytest.fixture
def core(db: None) -> ServiceGroup:
    return ServiceGroup.add(by=OPS, slug="core", name="Core")


@pytest.fixture
def outage(incident: Callable[..., Incident], service: Callable[..., Service], core: ServiceGroup) -> None:
    """The API, in the group "core", is down since 12 hours; login, a week old, is fine."""
    week_ago = timezone.now() - timedelta(days=7)
    api = service("api", group=core, created_at=week_ago)
    service("login", created_at=week_ago)
    incident(levels={api: ServiceStatus.MAJOR_OUTAGE}, started_at=timezone.now() - timedelta(hours=12))


@pytest.mark.usefixtures("outage")
def test_the_overview_counts(anyone: Caller) -> None:
    shown = anyone.get(f"{PROBLEM}/overview").json()["data"]
    assert shown.pop("last_updated")
    assert shown == {
        "overall_status": "degraded",
        "indicator": "major",
        "headline": "Partial System Outage",
        "services_total": 2,
        "services_healthy": 1,
        "active_incidents": 1,
    }
    there = anyone.get(ENVELOPE).json()["data"]
    assert (there["overallStatus"], there["servicesHealthy"]) == ("DEGRADED", 1)
    assert there["headline"] == "Partial System Outage"


@pytest.mark.usefixtures("frozen", "outage")
def test_the_figures_are_texts_rounded_down(anyone: Caller) -> None:
    shown = anyone.get(f"{PROBLEM}/json").json()["data"]
    assert shown["uptime"] == "96.15%"
    assert shown["services"][1] == {
        "id": "login",
        "name": "Login",
        "status": "operational",
        "latency": None,
        "uptime_7d": "100.00%",
    }
    assert (shown["services"][0]["uptime_7d"], shown["services"][0]["status"]) == ("92.30%", "major_outage")


def test_nothing_to_measure_is_no_figure(anyone: Caller) -> None:
    assert anyone.get(f"{PROBLEM}/json").json()["data"] == {
        "overall_status": "operational",
        "uptime": None,
        "active_incidents": 0,
        "last_updated": None,
        "services": [],
    }


@pytest.mark.usefixtures("outage")
def test_the_services_come_in_groups_and_all_together(anyone: Caller) -> None:
    shown = anyone.get(f"{PROBLEM}/services").json()["data"]
    assert [(g["id"], [s["id"] for s in g["services"]]) for g in shown["groups"]] == [("core", ["api"])]
    assert [(s["id"], s["category"]) for s in shown["all_services"]] == [("api", "core"), ("login", None)]
    assert shown["total_count"] == 2
    one = anyone.get(f"{ENVELOPE}/services/api").json()["data"]
    assert (one["status"], one["category"], set(one["uptime"])) == ("MAJOR_OUTAGE", "core", {"24h", "7d", "30d", "90d"})


@pytest.mark.usefixtures("outage")
def test_the_summary_says_what_is_wrong(anyone: Caller) -> None:
    shown = anyone.get(f"{ENVELOPE}/summary").json()["data"]
    assert [i["affectedServices"] for i in shown["incidents"]] == [["api"]]
    assert [s["status"] for s in shown["services"]] == ["MAJOR_OUTAGE", "OPERATIONAL"]
    assert shown["maintenance"] == []


def test_the_summary_names_what_is_planned(anyone: Caller, window: Callable[..., object], api: Service) -> None:
    soon = timezone.now() + timedelta(days=1)
    window(scheduled_start_at=soon, scheduled_end_at=soon + timedelta(hours=1), services=[api])
    shown = anyone.get(f"{ENVELOPE}/summary").json()["data"]["maintenance"]
    assert [(w["title"], w["status"], w["affectedServices"]) for w in shown] == [("Upgrade", "SCHEDULED", ["api"])]


def test_ops_keep_the_services(ops_caller: Caller, core: ServiceGroup) -> None:
    path = f"{ADMIN}/services"
    body = {"slug": "db", "name": "Database", "group": "core", "isPublic": False, "startDate": "2026-01-01"}
    answer = ops_caller.post(path, body)
    assert (answer.status_code, answer["Location"]) == (201, f"{path}/db")
    assert ops_caller.get(f"{path}/db").json()["data"] == answer.json()["data"]
    assert [one["id"] for one in ops_caller.get(path).json()["data"]] == ["db"]
    changed = ops_caller.patch(f"{path}/db", {"group": None, "startDate": None, "slug": "data"}).json()["data"]
    assert (changed["group"], changed["startDate"], changed["id"]) == (None, None, "data")
    assert ops_caller.delete(f"{path}/data").status_code == 200
    assert ops_caller.get(f"{path}/data").status_code == 404


def test_ops_keep_the_groups(ops_caller: Caller) -> None:
    path = f"{ADMIN}/service-groups"
    assert ops_caller.post(path, {"slug": "core", "name": "Core"}).status_code == 201
    assert ops_caller.patch(f"{path}/core", {"position": 3}).json()["data"]["position"] == 3
    assert ops_caller.get(path).json()["meta"]["pagination"]["total"] == 1
    assert ops_caller.delete(f"{path}/core").status_code == 200


def test_a_slug_is_taken_once(ops_caller: Caller, api: Service) -> None:
    assert wrong_fields(ops_caller.post(f"{ADMIN}/services", {"slug": "api", "name": "x"})) == {"slug": "unique"}


def test_a_service_with_a_history_cannot_be_deleted(
    ops_caller: Caller, incident: Callable[..., Incident], api: Service
) -> None:
    incident(levels={api: None})
    answer = ops_caller.delete(f"{ADMIN}/services/api")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ERR_STATUS_CONFLICT")
