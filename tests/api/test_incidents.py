"""Telling an incident over the API, from its opening to its postmortem."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, AuditEntry, Incident, Service
from incidents.severity import ServiceStatus, Severity
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller, wrong_fields

type Open = Callable[..., Incident]

OPS = Actor("ops", "test")
NEW = {"title": "Login fails", "severity": "major", "status": "investigating"}


def opened(caller: Caller, **fields: Any) -> Any:
    answer = caller.post(f"{PROBLEM}/incidents", {**NEW, **fields})
    assert answer.status_code == 201, answer.content
    return answer.json()["data"]


def test_opening_answers_201_with_its_address(ops_caller: Caller) -> None:
    answer = ops_caller.post(f"{PROBLEM}/incidents", NEW)
    assert answer.status_code == 201
    assert answer["Location"] == f"{PROBLEM}/incidents/{answer.json()['data']['id']}"
    assert ops_caller.get(answer["Location"]).json()["data"] == answer.json()["data"]


def test_opening_records_who_did_it(ops_caller: Caller) -> None:
    one = opened(ops_caller)
    entry = AuditEntry.objects.get(subject_id=one["id"])
    assert (entry.actor, entry.via, entry.address) == ("operator", "api", "127.0.0.1")
    assert entry.token


@pytest.mark.parametrize("path", [f"{PROBLEM}/incidents", f"{ADMIN}/incidents"])
def test_either_case_of_keys_and_values_is_understood_everywhere(ops_caller: Caller, api: Service, path: str) -> None:
    camel = {
        **NEW,
        "severity": "MAJOR",
        "affectedServices": [{"id": "api", "level": "DEGRADED_PERFORMANCE"}],
        "isPublic": False,
    }
    snake = {**NEW, "affected_services": ["api"], "is_public": False, "force": True}
    assert ops_caller.post(path, camel).status_code == 201
    assert ops_caller.post(path, snake).status_code == 201
    assert set(Incident.objects.values_list("severity", "is_public")) == {("major", False)}


def test_a_service_without_level_takes_the_severitys(ops_caller: Caller, api: Service, login: Service) -> None:
    one = opened(ops_caller, affected_services=["api", {"id": "login", "level": "major_outage"}])
    assert {i["service"]: i["level"] for i in one["impacts"]} == {"api": "partial_outage", "login": "major_outage"}
    assert one["affected_services"] == ["api", "login"]


def test_a_patch_that_changes_the_status_tells_it(ops_caller: Caller, incident: Open) -> None:
    answer = ops_caller.patch(f"{PROBLEM}/incidents/{incident().pk}", {"status": "identified"})
    told = answer.json()["data"]["updates"]
    assert [update["status"] for update in told] == ["identified", "investigating"]
    assert told[0]["message"] == "The issue has been identified and a fix is being implemented."


def test_a_put_takes_a_subset_too(ops_caller: Caller, incident: Open) -> None:
    answer = ops_caller.put(f"{PROBLEM}/incidents/{incident().pk}", {"title": "Other"})
    assert (answer.status_code, answer.json()["data"]["title"]) == (200, "Other")
    assert len(answer.json()["data"]["updates"]) == 1


def test_a_message_alone_is_a_note(ops_caller: Caller, incident: Open) -> None:
    answer = ops_caller.patch(f"{PROBLEM}/incidents/{incident().pk}", {"message": "Still looking."})
    assert [u["status"] for u in answer.json()["data"]["updates"]] == ["investigating"] * 2


def test_a_patch_that_says_what_is_so_already_tells_nobody(ops_caller: Caller, incident: Open, api: Service) -> None:
    one = incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
    same = {"title": one.title, "status": one.status, "affected_services": ["api"], "resolved_at": None}
    answer = ops_caller.patch(f"{PROBLEM}/incidents/{one.pk}", same)
    assert answer.json()["data"]["version"] == 1


def test_the_affected_services_of_a_patch_are_the_whole_picture(
    ops_caller: Caller, incident: Open, api: Service, login: Service
) -> None:
    one = incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
    answer = ops_caller.patch(f"{PROBLEM}/incidents/{one.pk}", {"affected_services": ["login"]})
    assert answer.json()["data"]["affected_services"] == ["login"]
    assert [i["ended_at"] is None for i in answer.json()["data"]["impacts"]] == [False, True]


def test_a_present_level_stays_where_none_is_given(
    ops_caller: Caller, incident: Open, api: Service, login: Service
) -> None:
    one = incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
    answer = ops_caller.patch(f"{PROBLEM}/incidents/{one.pk}", {"affected_services": ["api", "login"]})
    levels = {i["service"]: i["level"] for i in answer.json()["data"]["impacts"]}
    assert levels == {"api": "major_outage", "login": "degraded_performance"}


def test_a_resolved_incident_shows_every_service_that_it_ever_hit(
    ops_caller: Caller, anyone: Caller, incident: Open, api: Service, login: Service
) -> None:
    one = incident(levels={api: None})
    ops_caller.patch(f"{PROBLEM}/incidents/{one.pk}", {"affected_services": ["login"]})
    ops_caller.patch(f"{PROBLEM}/incidents/{one.pk}", {"status": "resolved"})
    shown = anyone.get(f"{PROBLEM}/incidents/{one.pk}").json()["data"]
    assert shown["affected_services"] == ["api", "login"]
    assert all(impact["ended_at"] for impact in shown["impacts"])


def test_resolving_may_be_dated(ops_caller: Caller, incident: Open) -> None:
    one = incident(now=timezone.now() - timedelta(hours=2))
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    path = f"{PROBLEM}/incidents/{one.pk}"
    answer = ops_caller.patch(path, {"status": "resolved", "resolved_at": at})
    assert answer.json()["data"]["resolved_at"] == at.replace("+00:00", "Z")
    assert ops_caller.patch(path, {"resolved_at": at}).json()["data"]["version"] == 2
    assert wrong_fields(ops_caller.patch(path, {"resolved_at": "2026-01-01T00:00:00Z"})) == {
        "resolved_at": "already_resolved"
    }


def test_an_open_incident_cannot_be_given_its_end_alone(ops_caller: Caller, incident: Open) -> None:
    at = timezone.now().isoformat()
    answer = ops_caller.patch(f"{PROBLEM}/incidents/{incident().pk}", {"resolved_at": at})
    assert wrong_fields(answer) == {"resolved_at": "wrong_status"}


def test_history_may_be_recorded_as_resolved(ops_caller: Caller) -> None:
    one = opened(
        ops_caller, status="resolved", started_at="2026-01-01T00:00:00Z", resolved_at="2026-01-01T01:00:00+01:00"
    )
    assert (one["started_at"], one["resolved_at"]) == ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")


def test_half_a_patch_is_none_at_all(ops_caller: Caller, incident: Open) -> None:
    one = incident()
    one.post_update(by=OPS, status=IncidentStatus.MONITORING)
    answer = ops_caller.patch(f"{PROBLEM}/incidents/{one.pk}", {"title": "New title", "status": "investigating"})
    assert answer.status_code == 409
    one.refresh_from_db()
    assert (one.title, one.version) == ("Broken", 2)


@pytest.mark.parametrize("dialect", [PROBLEM, ADMIN])
def test_an_illegal_move_names_where_it_stands_and_what_is_allowed(
    ops_caller: Caller, incident: Open, dialect: str
) -> None:
    one = incident()
    one.post_update(by=OPS, status=IncidentStatus.MONITORING)
    answer = ops_caller.post(f"{dialect}/incidents/{one.pk}/updates", {"status": "identified", "message": "x"})
    assert answer.status_code == 409
    assert b"monitoring cannot become identified" in answer.content
    if dialect == PROBLEM:
        assert answer.json()["i18n_key"] == "error.status.invalid_transition"
        expected = {"from": "monitoring", "to": "identified", "allowed": ["monitoring", "resolved"]}
        assert answer.json()["i18n_args"] == expected


def test_nothing_follows_resolved(ops_caller: Caller, incident: Open, api: Service) -> None:
    path = f"{PROBLEM}/incidents/{incident().pk}"
    assert ops_caller.patch(path, {"status": "resolved"}).status_code == 200
    changes: list[Any] = [{"status": "monitoring"}, {"message": "One more thing"}, {"affected_services": ["api"]}]
    for change in changes:
        assert ops_caller.patch(path, change).status_code == 409
    assert ops_caller.patch(path, {"title": "Corrected"}).status_code == 200
    assert wrong_fields(ops_caller.patch(path, {"severity": "critical"})) == {"severity": "resolved"}


def test_a_second_incident_on_the_same_service_is_refused_unless_forced(ops_caller: Caller, api: Service) -> None:
    first = opened(ops_caller, affected_services=["api"])
    again = {**NEW, "affected_services": ["api"]}
    answer = ops_caller.post(f"{PROBLEM}/incidents", again)
    assert (answer.status_code, answer.json()["i18n_args"]) == (409, {"incident": first["id"]})
    assert ops_caller.post(f"{PROBLEM}/incidents", {**again, "force": True}).status_code == 201


def test_an_incident_may_continue_a_resolved_one(ops_caller: Caller, incident: Open) -> None:
    old = incident()
    refused = ops_caller.post(f"{PROBLEM}/incidents", {**NEW, "continues": old.pk})
    assert wrong_fields(refused) == {"continues": "still_open"}
    ops_caller.patch(f"{PROBLEM}/incidents/{old.pk}", {"status": "resolved"})
    assert opened(ops_caller, continues=old.pk)["continues"] == old.pk


def test_posting_an_update_answers_the_update(ops_caller: Caller, incident: Open) -> None:
    promise = (timezone.now() + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    path = f"{PROBLEM}/incidents/{incident().pk}"
    answer = ops_caller.post(
        f"{path}/updates", {"message": "Found it.", "status": "IDENTIFIED", "nextUpdateAt": promise}
    )
    assert answer.status_code == 201
    assert (answer.json()["data"]["message"], answer.json()["data"]["status"]) == ("Found it.", "identified")
    assert answer["Location"] == f"{path}/updates"
    assert ops_caller.get(path).json()["data"]["next_update_at"] == promise


def test_updates_are_listed_newest_first(anyone: Caller, ops_caller: Caller, incident: Open) -> None:
    path = f"/incidents/{incident().pk}/updates"
    ops_caller.post(f"{ADMIN}{path}", {"message": "Found it.", "status": "identified"})
    assert [u["status"] for u in anyone.get(PROBLEM + path).json()["items"]] == ["identified", "investigating"]
    second = anyone.get(f"{ENVELOPE}{path}?page=2&pageSize=1").json()
    assert [u["status"] for u in second["data"]] == ["INVESTIGATING"]
    assert second["meta"]["pagination"]["total"] == 2


def test_ops_read_the_updates_of_what_nobody_else_sees(ops_caller: Caller, incident: Open) -> None:
    path = f"{ADMIN}/incidents/{incident(status=IncidentStatus.DRAFT, message='Not yet').pk}/updates"
    assert [u["message"] for u in ops_caller.get(path).json()["data"]] == ["Not yet"]


def test_a_postmortem_is_public_once_published(ops_caller: Caller, anyone: Caller, incident: Open) -> None:
    path = f"{PROBLEM}/incidents/{incident().pk}"
    assert ops_caller.put(f"{path}/postmortem", {"body": "Why", "published": True}).status_code == 409
    ops_caller.patch(path, {"status": "resolved"})
    assert ops_caller.put(f"{path}/postmortem", {"body": "Why"}).json()["data"]["published"] is False
    assert anyone.get(path).json()["data"]["postmortem"] is None
    ops_caller.put(f"{path}/postmortem", {"body": "Why", "published": True})
    assert anyone.get(path).json()["data"]["postmortem"]["body"] == "Why"
    assert ops_caller.delete(f"{path}/postmortem").status_code == 200
    assert ops_caller.delete(f"{path}/postmortem").status_code == 404


def test_the_list_is_newest_first_and_filtered(
    ops_caller: Caller, anyone: Caller, incident: Open, api: Service
) -> None:
    old = incident(started_at=timezone.now() - timedelta(days=3), levels={api: None}, severity=Severity.CRITICAL)
    new = incident()
    new.post_update(by=OPS, status=IncidentStatus.MONITORING)

    def ids(query: str) -> list[str]:
        return [one["id"] for one in anyone.get(f"{PROBLEM}/incidents{query}").json()["items"]]

    assert ids("") == [new.pk, old.pk]
    assert ids("?severity=CRITICAL") == ids("?service=api") == ids("?status=investigating") == [old.pk]
    assert ids("?service=nowhere") == []
    assert ids("?severity=critical&status=monitoring") == []


def test_the_services_of_a_draft_are_changed_without_a_word(ops_caller: Caller, api: Service, login: Service) -> None:
    one = opened(ops_caller, status="draft", affected_services=["api"])
    path = f"{PROBLEM}/incidents/{one['id']}"
    changed = ops_caller.patch(path, {"affected_services": ["login"]}).json()["data"]
    assert (changed["affected_services"], len(changed["updates"])) == (["login"], 1)
    published = ops_caller.patch(path, {"status": "identified", "affected_services": ["api", "login"]}).json()["data"]
    assert (published["affected_services"], published["status"]) == (["api", "login"], "identified")


def test_a_note_that_completes_history_takes_no_promise_back(ops_caller: Caller) -> None:
    one = opened(ops_caller, started_at="2026-01-01T00:00:00Z")
    path, soon = f"{PROBLEM}/incidents/{one['id']}", timezone.now() + timedelta(hours=1)
    promise = {"status": "investigating", "message": "More soon.", "next_update_at": soon.isoformat()}
    note = {"status": "investigating", "message": "Seen first.", "display_at": "2026-01-01T01:00:00Z"}
    for update in (promise, note):
        assert ops_caller.post(f"{path}/updates", update).status_code == 201
    assert ops_caller.get(path).json()["data"]["next_update_at"] is not None
