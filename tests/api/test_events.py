"""The change feed: what happened, in order, with what was true then."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, Event, Incident, MaintenanceWindow, Service
from incidents.severity import ServiceStatus, Severity
from tests.api.calling import ADMIN, Caller

EVENTS = f"{ADMIN}/events"


def follow(ops: Caller, query: str = "") -> Any:
    answer = ops.get(f"{EVENTS}?{query}")
    assert answer.status_code == 200
    return answer.json()["data"]


@pytest.fixture
def latest(ops_caller: Caller) -> Callable[[], Any]:
    """The newest event."""
    return lambda: follow(ops_caller, f"after={Event.objects.latest('id').id - 1}")["events"][-1]


class TestTheCursor:
    @pytest.fixture(autouse=True)
    def five(self, service: Callable[..., Service]) -> None:
        for n in range(5):
            service(f"s{n}")

    def test_it_leads_from_the_first_to_the_last(self, ops_caller: Caller) -> None:
        cursor, seen, more = 0, [], True
        while more:
            page = follow(ops_caller, f"after={cursor}&pageSize=2")
            seen += [event["payload"]["slug"] for event in page["events"]]
            cursor, more = page["next"], page["more"]
        assert seen == ["s0", "s1", "s2", "s3", "s4"]

    def test_at_the_end_it_stays_where_it_is(self, ops_caller: Caller) -> None:
        assert follow(ops_caller, "after=5") == {"events": [], "next": 5, "more": False}

    def test_it_begins_at_the_beginning(self, ops_caller: Caller) -> None:
        assert [event["id"] for event in follow(ops_caller)["events"]] == [1, 2, 3, 4, 5]

    def test_what_was_rolled_back_leaves_no_gap(self, ops_caller: Caller, service: Callable[..., Service]) -> None:
        with transaction.atomic():
            service("undone")
            transaction.set_rollback(True)
        service("done")
        assert [event["id"] for event in follow(ops_caller, "after=5")["events"]] == [6]

    @pytest.mark.parametrize("query", ["after=-1", "after=x", "after=1e3", f"after={2**63}", "pageSize=101"])
    def test_nonsense_is_a_bad_request(self, ops_caller: Caller, query: str) -> None:
        assert ops_caller.get(f"{EVENTS}?{query}").status_code == 400


class TestWhatAnEventTells:
    def test_of_an_update(
        self, api: Service, incident: Callable[..., Incident], ops: Actor, latest: Callable[[], Any]
    ) -> None:
        one = incident(title="Slow", description="Why", severity=Severity.MAJOR, levels={api: None})
        update = one.post_update(by=ops, status=IncidentStatus.RESOLVED, message="Done")
        event = latest()
        payload = event.pop("payload")
        assert event == {
            "id": 3,
            "type": "incident.update_posted",
            "subject": {"type": "incident", "id": one.pk, "version": 2},
            "occurredAt": event["occurredAt"],
            "public": True,
            "notify": True,
        }
        told = payload.pop("update")
        assert (told["id"], told["status"], told["message"]) == (update.pk, "RESOLVED", "Done")
        assert (payload["title"], payload["description"], payload["status"]) == ("Slow", "Why", "RESOLVED")
        assert (payload["severity"], payload["resolvedAt"] is not None) == ("MAJOR", True)
        assert payload["services"] == [{"id": "api", "name": "API", "level": "OPERATIONAL"}]

    def test_of_a_report(
        self, api: Service, login: Service, incident: Callable[..., Incident], latest: Callable[[], Any]
    ) -> None:
        incident(levels={api: ServiceStatus.MAJOR_OUTAGE, login: None}, message="We look")
        payload = latest()["payload"]
        assert {s["id"]: s["level"] for s in payload["services"]} == {
            "api": "MAJOR_OUTAGE",
            "login": "DEGRADED_PERFORMANCE",
        }
        assert payload["update"]["message"] == "We look"

    def test_of_maintenance_before_and_while_it_runs(
        self, api: Service, window: Callable[..., MaintenanceWindow], ops: Actor, latest: Callable[[], Any]
    ) -> None:
        soon = timezone.now() + timedelta(hours=1)
        one = window(scheduled_start_at=soon, scheduled_end_at=soon + timedelta(hours=1), services=[api])
        planned = latest()["payload"]
        one.post_update(by=ops, status=MaintenanceStatus.IN_PROGRESS)
        running = latest()["payload"]
        assert [s["level"] for s in planned["services"]] == ["OPERATIONAL"]
        assert (running["status"], [s["level"] for s in running["services"]]) == ("IN_PROGRESS", ["UNDER_MAINTENANCE"])

    def test_of_a_service(self, api: Service, ops: Actor, latest: Callable[[], Any]) -> None:
        api.change(by=ops, name="Public API")
        event = latest()
        assert (event["type"], event["payload"]["name"]) == ("service.updated", "Public API")

    def test_what_was_deleted_is_told_for_the_last_time(
        self, incident: Callable[..., Incident], ops: Actor, latest: Callable[[], Any]
    ) -> None:
        incident(title="Mistake").remove(by=ops)
        event = latest()
        assert (event["type"], event["payload"]["title"]) == ("incident.deleted", "Mistake")

    def test_it_stays_what_was_true_then(
        self, ops_caller: Caller, incident: Callable[..., Incident], ops: Actor
    ) -> None:
        one = incident(title="Before")
        one.edit(by=ops, title="After")
        assert [e["payload"]["title"] for e in follow(ops_caller)["events"]] == ["Before", "After"]

    def test_what_is_private_beside_it_is_left_out(
        self, incident: Callable[..., Incident], service: Callable[..., Service], ops: Actor
    ) -> None:
        one = incident(
            status=IncidentStatus.DRAFT, message="Top secret", levels={service("vault", is_public=False): None}
        )
        one.post_update(by=ops, status=IncidentStatus.INVESTIGATING)
        one.updates.earliest("version").correct("Top secret still", by=ops)
        assert not any("secret" in str(event.payload) or "vault" in str(event.payload) for event in _of(one))
        assert [event.public for event in _of(one)] == [False, True, True]


def _of(incident: Incident) -> list[Event]:
    return list(Event.objects.filter(subject_id=incident.pk))


@pytest.mark.usefixtures("api")
def test_older_code_that_knows_no_payload_can_still_write(ops_caller: Caller) -> None:
    columns = "type, subject_type, subject_id, subject_version, public, notify, occurred_at"
    copy = f"INSERT INTO incidents_event (id, uuid, {columns}) SELECT 2, %s, {columns} FROM incidents_event"
    with connection.cursor() as cursor:
        cursor.execute(copy, [uuid.uuid4().hex])
    assert [bool(event["payload"]) for event in follow(ops_caller)["events"]] == [True, False]


def test_one_event_takes_few_queries(
    incident: Callable[..., Incident], api: Service, login: Service, ops: Actor, django_assert_max_num_queries: Any
) -> None:
    one = incident(levels={api: None, login: None})
    with django_assert_max_num_queries(14):
        one.post_update(by=ops, status=IncidentStatus.MONITORING)
