"""How the documents leave: the same bytes for everybody, from every origin, until something public changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from incidents.severity import ServiceStatus, Severity
from tests.conftest import NOW
from tests.statuspage.served import DOCUMENTS, address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HOUR = timedelta(hours=1)
HISTORY = "/history"


@pytest.fixture
def api(service: Callable[..., Service]) -> Service:
    return service("api", now=NOW - 10 * HOUR)


@pytest.fixture(autouse=True)
def told(
    api: Service, incident: Callable[..., Incident], window: Callable[..., MaintenanceWindow], ops: Actor
) -> Incident:
    incident(title="Over", levels={api: None}, now=NOW - 9 * HOUR).post_update(
        by=ops, status=IncidentStatus.RESOLVED, now=NOW - 8 * HOUR
    )
    window(scheduled_start_at=NOW + HOUR, scheduled_end_at=NOW + 2 * HOUR, services=[api], now=NOW - 7 * HOUR)
    return incident(levels={api: None}, now=NOW - 6 * HOUR)


@pytest.fixture
def secrets(
    api: Service,
    service: Callable[..., Service],
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
    ops: Actor,
) -> Callable[[], list[Incident]]:
    """Adds one of everything that nobody may see; returns the incidents."""

    def add() -> list[Incident]:
        worst: dict[str, Any] = {"severity": Severity.CRITICAL, "levels": {api: ServiceStatus.MAJOR_OUTAGE}}
        vault = service("vault", is_public=False, position=0)
        vault.change(by=ops, description="Deeper.")
        service("cellar", is_public=False, group=ServiceGroup.add(by=ops, slug="below", name="Below"))
        secret = incident(is_public=False, now=NOW - HOUR, **worst)
        secret.post_update(by=ops, status=IncidentStatus.RESOLVED)
        draft = incident(status=IncidentStatus.DRAFT, **worst)
        plan = {"scheduled_start_at": NOW, "scheduled_end_at": NOW + HOUR, "services": [api]}
        hidden = window(**plan, is_public=False, now=NOW - HOUR)
        hidden.post_update(by=ops, status=hidden.STATUS.IN_PROGRESS)
        MaintenanceWindow.objects.get(is_public=True).edit(by=ops, services=[api, vault])
        return [secret, draft]

    return add


def addresses(told: Incident) -> list[str]:
    return [*map(address, [*DOCUMENTS, f"incidents/{told.pk}"]), HISTORY]


def ask(path: str, method: str = "GET", client: Client | None = None, **headers: str) -> Any:
    headers = {"Accept": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return (client or Client(enforce_csrf_checks=True)).generic(method, path, headers=headers)


def everything(told: Incident) -> dict[str, tuple[bytes, str]]:
    answers = {path: ask(path) for path in addresses(told)}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: (answer.content, answer["ETag"]) for path, answer in answers.items()}


def test_the_headers_are_those_of_the_format(told: Incident) -> None:
    for path in addresses(told):
        answer = ask(path)
        assert answer["Content-Type"] == "application/json; charset=utf-8", path
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer
        assert answer["Cache-Control"] == (
            "max-age=10, public, s-maxage=10, stale-while-revalidate=20, stale-if-error=3600"
        )
        assert answer["ETag"].startswith('"')
        assert answer.get("Vary") == ("Accept" if path == HISTORY else None)


def test_what_is_known_is_not_sent_again(told: Incident) -> None:
    for path in addresses(told):
        etag = ask(path)["ETag"]
        again = ask(path, If_None_Match=etag)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
        assert (again["Access-Control-Allow-Origin"], "stale-if-error" in again["Cache-Control"]) == ("*", True)


def test_head_answers_with_the_same_headers(told: Incident) -> None:
    for path in addresses(told):
        got, head = ask(path), ask(path, "HEAD")
        assert (head.status_code, head.content) == (200, b"")
        assert dict(head.headers) | {"X-Request-ID": ""} == dict(got.headers) | {"X-Request-ID": ""}


def test_nothing_depends_on_cookies_and_none_is_set(told: Incident) -> None:
    client = Client()
    client.cookies["sessionid"] = client.cookies["csrftoken"] = "x"
    for path in addresses(told):
        answer = ask(path, client=client)
        assert (answer.content, len(answer.cookies)) == (ask(path).content, 0)


def test_a_slash_at_the_end_makes_no_difference(told: Incident) -> None:
    for path in addresses(told)[:-1]:
        assert ask(f"{path}/").content == ask(path).content


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_document_can_only_be_read(method: str, told: Incident) -> None:
    answer = ask(address("summary"), method)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert (answer["Content-Type"], answer.json()["status"]) == ("application/problem+json", 405)
    assert ask(HISTORY, method).status_code == 405


@pytest.mark.parametrize(
    "path", ["", "/", "/nothing.json", "/summary", "/incidents/000000000000.json", "/incidents/x.json", "/components/"]
)
def test_what_does_not_exist_is_a_problem(path: str) -> None:
    answer = ask(f"/api/v2{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == 61190004


def test_the_same_state_gives_the_same_bytes_whatever_the_time(told: Incident) -> None:
    before = everything(told)
    with time_machine.travel(NOW + 3 * HOUR, tick=False):
        assert everything(told) == before


def test_services_of_one_name_and_place_have_an_order(told: Incident, service: Callable[..., Service]) -> None:
    twins = sorted(service(f"twin-{n}", name="Twin", now=NOW).pk for n in range(6))
    shown = [row["id"] for row in ask(address("components")).json()["components"] if row["name"] == "Twin"]
    assert shown == twins


def test_a_public_change_gives_other_bytes_everywhere_but_in_the_months(told: Incident, ops: Actor) -> None:
    before = everything(told)
    told.edit(by=ops, title="Very slow", now=NOW)
    after = everything(told)
    assert [path for path in before if before[path] == after[path]] == []


def test_what_is_hidden_changes_no_byte(told: Incident, secrets: Callable[[], list[Incident]], ops: Actor) -> None:
    before = everything(told)
    hidden = secrets()
    told.write_postmortem("Not yet.", published=False, by=ops)
    assert everything(told) == before
    for story in hidden:
        assert ask(address(f"incidents/{story.pk}")).status_code == 404


def test_a_private_service_that_a_public_incident_hits_is_not_named(
    told: Incident, service: Callable[..., Service], ops: Actor, api: Service
) -> None:
    vault = service("vault", is_public=False)
    told.post_update(
        by=ops, status=IncidentStatus.IDENTIFIED, levels={api: None, vault: ServiceStatus.MAJOR_OUTAGE}, now=NOW
    )
    for path, (content, _) in everything(told).items():
        assert vault.pk.encode() not in content, path
        assert b"major_outage" not in content
        assert b"Vault" not in content


def test_what_becomes_private_is_taken_back_everywhere(told: Incident, ops: Actor, api: Service) -> None:
    gone = told.pk
    told.edit(by=ops, is_public=False, now=NOW)
    for path in map(address, DOCUMENTS):
        assert gone.encode() not in ask(path).content
    assert ask(address(f"incidents/{gone}")).status_code == 404
    [row] = ask(address("components")).json()["components"]
    assert (row["status"], row["updated_at"]) == ("operational", "2026-11-21T04:00:00.000Z")


def test_scripts_of_other_sites_may_ask_ahead_and_read_the_etag(client: Client, db: None) -> None:
    preflight = client.options("/api/v2/status.json")
    assert (preflight.status_code, preflight["Access-Control-Allow-Origin"]) == (204, "*")
    assert client.get("/api/v2/status.json")["Access-Control-Expose-Headers"] == "ETag"
    missing = client.get("/api/v2/incidents/aaaaaaaaaaaa.json")
    assert (missing.status_code, missing["Access-Control-Allow-Origin"]) == (404, "*")
    assert not client.post("/api/v2/status.json").has_header("Access-Control-Allow-Origin")
