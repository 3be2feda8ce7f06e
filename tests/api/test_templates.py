"""Incident templates: what ops prepare, so that a report at night begins with the right words."""

from typing import Any

import pytest

from incidents.errors import Invalid
from incidents.models import Actor, AuditEntry, Event, IncidentTemplate, Service
from incidents.severity import ServiceStatus
from tests.api.calling import ADMIN, Caller, wrong_fields

TEMPLATES = f"{ADMIN}/templates"
GIVEN: dict[str, Any] = {
    "slug": "slow",
    "name": "Slow answers",
    "title": "Slow answers in {{ region }}",
    "severity": "MAJOR",
    "message": "We see slow answers in {{region}} since {{ time }}.",
    "affectedServices": ["login", {"id": "api", "level": "MAJOR_OUTAGE"}],
}


@pytest.fixture
def slow(ops_caller: Caller, api: Service, login: Service) -> IncidentTemplate:
    assert ops_caller.post(TEMPLATES, GIVEN).status_code == 201
    return IncidentTemplate.objects.get()


def test_a_template_is_kept(ops_caller: Caller, slow: IncidentTemplate) -> None:
    shown = ops_caller.get(f"{TEMPLATES}/slow").json()["data"]
    assert shown == {
        **GIVEN,
        "id": "slow",
        "description": "",
        "position": 0,
        "affectedServices": [{"id": "api", "level": "MAJOR_OUTAGE"}, {"id": "login", "level": None}],
        "placeholders": ["region", "time"],
        "createdAt": shown["createdAt"],
        "updatedAt": shown["updatedAt"],
    }
    assert ops_caller.get(TEMPLATES).json()["data"] == [shown]


def test_what_is_left_out_of_a_change_stays(ops_caller: Caller, slow: IncidentTemplate) -> None:
    before = ops_caller.get(f"{TEMPLATES}/slow").json()["data"]
    after = ops_caller.patch(f"{TEMPLATES}/slow", {"severity": "minor", "slug": "slower"}).json()["data"]
    changed = {key for key in before if before[key] != after[key]}
    assert (changed, after["severity"]) == ({"id", "slug", "severity", "updatedAt"}, "MINOR")
    changed = ops_caller.patch(f"{TEMPLATES}/slower", {"affectedServices": []}).json()["data"]["affectedServices"]
    assert changed == []


def test_it_is_deleted(ops_caller: Caller, slow: IncidentTemplate) -> None:
    assert ops_caller.delete(f"{TEMPLATES}/slow").status_code == 200
    assert ops_caller.get(f"{TEMPLATES}/slow").status_code == 404


def test_every_change_is_audited_and_none_is_public(ops_caller: Caller, slow: IncidentTemplate) -> None:
    ops_caller.patch(f"{TEMPLATES}/slow", {"name": "Slow"})
    ops_caller.delete(f"{TEMPLATES}/slow")
    trail = AuditEntry.objects.filter(subject_type="incidenttemplate", subject_id=slow.pk)
    assert [entry.action for entry in trail] == ["deleted", "updated", "created"]
    assert not Event.objects.filter(subject_type="incidenttemplate", public=True).exists()


def test_a_service_may_be_renamed_or_go(
    ops_caller: Caller, slow: IncidentTemplate, api: Service, login: Service, ops: Actor
) -> None:
    api.change(by=ops, slug="gateway")
    login.remove(by=ops)
    shown = ops_caller.get(f"{TEMPLATES}/slow").json()["data"]
    assert shown["affectedServices"] == [{"id": "gateway", "level": "MAJOR_OUTAGE"}]


@pytest.mark.usefixtures("api")
def test_every_wrong_field_is_named_at_once(ops_caller: Caller) -> None:
    given = {**GIVEN, "title": "x" * 201, "severity": "none", "message": "\0", "affectedServices": ["nope"], "hue": 1}
    assert wrong_fields(ops_caller.post(TEMPLATES, given)) == {
        "title": "max_length",
        "severity": "invalid_choice",
        "message": "invalid_characters",
        "affectedServices[0]": "unknown_service",
        "hue": "unknown_field",
    }
    assert set(wrong_fields(ops_caller.post(TEMPLATES, {}))) == {"slug", "name", "title", "severity"}


def test_a_slug_is_taken_once(ops_caller: Caller, slow: IncidentTemplate) -> None:
    assert wrong_fields(ops_caller.post(TEMPLATES, GIVEN)) == {"slug": "unique"}


def test_a_change_of_something_else_is_refused(ops_caller: Caller, slow: IncidentTemplate) -> None:
    seen = ops_caller.get(f"{TEMPLATES}/slow")["ETag"]
    assert ops_caller.patch(f"{TEMPLATES}/slow", {"name": "A"}, If_Match=seen).status_code == 200
    assert ops_caller.patch(f"{TEMPLATES}/slow", {"name": "B"}, If_Match=seen).status_code == 412


def test_a_list_takes_as_many_queries_as_one(
    ops_caller: Caller, slow: IncidentTemplate, ops: Actor, api: Service, django_assert_max_num_queries: Any
) -> None:
    levels = IncidentTemplate.stored({api: ServiceStatus.PARTIAL_OUTAGE})
    for n in range(5):
        IncidentTemplate.add(by=ops, slug=f"t{n}", name="T", title="T", severity="minor", levels=levels)
    with django_assert_max_num_queries(6):
        assert len(ops_caller.get(TEMPLATES).json()["data"]) == 6


def test_the_model_guards_itself(db: None, ops: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        IncidentTemplate.add(by=ops, slug="a", name="A", title="A", severity="none", levels={"x": "bad"})
    assert {error.field for error in refused.value.errors} == {"severity", "affected_services"}
