"""Every field of every write against what breaks stock software: never a 500, nothing half-written."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import AuditEntry, Event, Incident, MaintenanceWindow, Service
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller, wrong_fields

SOON = (timezone.now() + timedelta(days=1)).isoformat()
LATER = (timezone.now() + timedelta(days=2)).isoformat()

INCIDENT = {"title": "Login fails", "severity": "major", "status": "investigating"}
UPDATE = {"message": "Still looking", "status": "investigating"}
WINDOW = {"title": "Upgrade", "scheduled_start_at": SOON, "scheduled_end_at": LATER}
SERVICE = {"slug": "new", "name": "New"}

# method, path, a body that would do, its fields by kind
WRITES: dict[str, tuple[str, str, dict[str, Any], dict[str, str]]] = {
    "open": (
        "POST",
        "/incidents",
        INCIDENT,
        {"title": "line", "description": "text", "message": "text", "severity": "word", "status": "word",
         "started_at": "past", "resolved_at": "past", "affected_services": "services", "is_public": "flag",
         "notify": "flag", "force": "flag", "continues": "reference"},
    ),
    "change": (
        "PATCH",
        "/incidents/{incident}",
        {"title": "Other"},
        {"title": "line", "description": "text", "message": "text", "severity": "word", "status": "word",
         "resolved_at": "past", "affected_services": "services", "is_public": "flag", "version": "number"},
    ),
    "tell": (
        "POST",
        "/incidents/{incident}/updates",
        UPDATE,
        {"message": "text", "status": "word", "display_at": "past", "next_update_at": "future",
         "affected_services": "services", "notify": "flag", "version": "number"},
    ),
    "postmortem": ("PUT", "/incidents/{resolved}/postmortem", {"body": "Why"}, {"body": "text", "published": "flag"}),
    "schedule": (
        "POST",
        "/maintenances",
        WINDOW,
        {"title": "line", "description": "text", "message": "text", "scheduled_start_at": "instant",
         "scheduled_end_at": "future", "affected_services": "services", "automatic": "flag"},
    ),
    "reschedule": (
        "PATCH",
        "/maintenances/{window}",
        {"title": "Other"},
        {"title": "line", "description": "text", "message": "text", "scheduled_start_at": "instant",
         "scheduled_end_at": "instant", "status": "word", "affected_services": "services", "version": "number"},
    ),
    "tell of maintenance": (
        "POST",
        "/maintenances/{window}/updates",
        {"message": "All set", "status": "scheduled"},
        {"message": "text", "status": "word", "affected_services": "services"},
    ),
    "add service": (
        "POST",
        "/services",
        SERVICE,
        {"slug": "slug", "name": "line", "description": "text", "position": "number", "group": "reference",
         "is_public": "flag", "start_date": "day"},
    ),
    "change service": (
        "PATCH",
        "/services/{service}",
        {"position": 1},
        {"slug": "slug", "name": "line", "description": "text", "position": "number", "start_date": "day"},
    ),
    "add group": ("POST", "/service-groups", SERVICE, {"slug": "slug", "name": "line", "description": "text"}),
}  # fmt: skip

NOT_TEXT: list[Any] = [{"a": 1}, ["a"], True, 5]
UNSTORABLE: list[Any] = ["a\x00b", "a\ud800b", "a\ufffeb", "\x1b[31m"]
BAD_INSTANTS: list[Any] = [
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z",
    "1999-12-31T23:59:59Z", "2100-01-01T00:00:01Z", "2026-01-01T00:00:00", "2026-01-01", "2026-02-30T00:00:00Z",
    "2026-01-01T23:59:60Z", "2026-01-01T25:00:00Z", "٢٠٢٦-01-01T00:00:00Z", "now", 1767225600, True, {}, "\x00",
    "2026-W01-1T00:00:00Z", "2026-01-01T00:00:00+99:99",
]  # fmt: skip
BAD: dict[str, list[Any]] = {
    "line": ["", "   ", "x" * 201, "two\nlines", "\u202egnp.exe", "zero\u200bwidth", *NOT_TEXT, *UNSTORABLE],
    "text": ["x" * 20_001, *NOT_TEXT, *UNSTORABLE],
    "word": ["", "nonsense", "MAJOR OUTAGE", "\x00", "\ud800", 1, 10**30, *NOT_TEXT],
    "instant": BAD_INSTANTS,
    "past": [*BAD_INSTANTS, LATER],
    "future": [*BAD_INSTANTS, "2026-01-01T00:00:00Z"],
    "services": [
        "api", {"id": "api"}, 1, [None], [1], [["api"]], [{}], [{"id": 1}], [{"id": ["api"]}], ["nope"], ["\x00"],
        ["\ud800"], ["api", "api"], [{"id": "api", "level": "bad"}], [{"id": "api", "level": 1}],
        [{"id": "api", "level": ["x"]}], [{"id": "api", "more": 1}], [{"id": "api", "ID": "api"}], ["x"] * 1001,
    ],
    "flag": ["perhaps", "yes", "true", "\x00", 0, 1, 2, {}, []],
    "number": ["x", "5", "٥", 5.0, -1, 2**31, 10**30, 1.5, "\x00", True, {}, []],
    "reference": ["nope", "\x00", "\ud800", "x" * 1000, 1, True, {}, []],
    "slug": ["", "Up", "a b", "a_b", "-a", "a--b", "ä", "x" * 101, "a\n", *NOT_TEXT, *UNSTORABLE],
    "day": ["x", "0001-01-01", "1999-12-31", "9999-12-31", "2026-02-30", 20260101, "\x00", True, {}],
}  # fmt: skip


def rows() -> Iterator[Any]:
    for name, (_, _, _, fields) in WRITES.items():
        for field, kind in fields.items():
            yield pytest.param(name, field, kind, id=f"{name}: {field}")


@pytest.fixture
def paths(
    ops_caller: Caller,
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
    service: Callable[..., Service],
) -> dict[str, str]:
    service("api")
    resolved = incident()
    ops_caller.patch(f"{PROBLEM}/incidents/{resolved.pk}", {"status": "resolved"})
    soon = timezone.now() + timedelta(days=1)
    planned = window(scheduled_start_at=soon, scheduled_end_at=soon + timedelta(days=1))
    return {"incident": incident().pk, "resolved": resolved.pk, "window": planned.pk, "service": "api"}


def send(caller: Caller, name: str, paths: dict[str, str], /, **fields: Any) -> Any:
    method, path, body, _ = WRITES[name]
    base = ADMIN if "/service" in path else PROBLEM
    return caller(method, base + path.format(**paths), {**body, **fields})


@pytest.mark.parametrize("name", WRITES)
def test_the_body_that_each_row_starts_from_is_good(ops_caller: Caller, paths: dict[str, str], name: str) -> None:
    assert send(ops_caller, name, paths).status_code in (200, 201)


@pytest.mark.parametrize(("name", "field", "kind"), list(rows()))
def test_a_bad_value_is_named_and_nothing_is_written(
    ops_caller: Caller, paths: dict[str, str], name: str, field: str, kind: str
) -> None:
    before = (AuditEntry.objects.count(), Event.objects.count(), Incident.objects.count())
    for value in BAD[kind]:
        answer = send(ops_caller, name, paths, **{field: value})
        assert answer.status_code in (400, 422), (value, answer.content)
        assert any(named.startswith(field) for named in wrong_fields(answer)), (value, answer.content)
    assert (AuditEntry.objects.count(), Event.objects.count(), Incident.objects.count()) == before


@pytest.mark.parametrize(("name", "field", "kind"), list(rows()))
def test_null_is_the_same_as_leaving_it_out(
    ops_caller: Caller, paths: dict[str, str], name: str, field: str, kind: str
) -> None:
    needed = name not in ("change", "reschedule", "change service") and field in WRITES[name][2]
    answer = send(ops_caller, name, paths, **{field: None})
    if needed:
        assert wrong_fields(answer) == {field: "required"}
    else:
        assert answer.status_code in (200, 201), answer.content


@pytest.mark.parametrize("path", ["/incidents", "/maintenances", "/services", "/overview", "/json"])
def test_the_lists_answer_after_all_that(ops_caller: Caller, paths: dict[str, str], path: str) -> None:
    for value in UNSTORABLE:
        send(ops_caller, "open", paths, title=value, description=value)
    assert ops_caller.get(PROBLEM + path).status_code == 200


def test_one_answer_names_every_wrong_field(ops_caller: Caller, paths: dict[str, str]) -> None:
    answer = ops_caller.post(
        f"{PROBLEM}/incidents",
        {
            "severity": "awful",
            "status": "resolved",
            "started_at": LATER,
            "affected_services": ["api", "nope", {"id": "api", "level": "bad"}],
            "description": "\x00",
            "color": "red",
            "id": "x",
        },
    )
    assert wrong_fields(answer) == {
        "title": "required",
        "severity": "invalid_choice",
        "started_at": "in_future",
        "resolved_at": "required",
        "affected_services[1]": "unknown_service",
        "affected_services[2]": "duplicate",
        "description": "invalid_characters",
        "color": "unknown_field",
        "id": "unknown_field",
    }


def test_one_answer_names_every_wrong_field_of_an_update(ops_caller: Caller, paths: dict[str, str]) -> None:
    fields = {"status": "identified", "message": "\x00", "display_at": "2026-01-01T00:00:00Z", "foo": 1}
    assert wrong_fields(send(ops_caller, "tell", paths, **fields)) == {
        "message": "invalid_characters",
        "display_at": "only_for_notes",
        "foo": "unknown_field",
    }


def test_a_field_is_named_as_the_client_spelt_it(ops_caller: Caller) -> None:
    camel = ops_caller.post(f"{ADMIN}/incidents", {**INCIDENT, "startedAt": LATER, "affectedServices": ["x"]})
    assert set(wrong_fields(camel)) == {"startedAt", "affectedServices[0]"}
    snake = ops_caller.post(f"{ADMIN}/incidents", {**INCIDENT, "started_at": LATER, "affected_services": ["x"]})
    assert set(wrong_fields(snake)) == {"started_at", "affected_services[0]"}
    missing = ops_caller.post(f"{ADMIN}/maintenance", {"title": "x"})
    assert set(wrong_fields(missing)) == {"scheduledStartAt", "scheduledEndAt"}


@pytest.mark.parametrize("field", ["version", "created_at", "updated_at", "url", "is_staff", "page_id"])
def test_nothing_can_be_assigned_that_is_not_asked_for(ops_caller: Caller, field: str) -> None:
    answer = ops_caller.post(f"{PROBLEM}/incidents", {**INCIDENT, field: 1})
    assert wrong_fields(answer) == {field: "unknown_field"}


def test_a_title_counts_in_its_composed_form(ops_caller: Caller) -> None:
    fits, too_long = "e\u0301" * 200, "e\u0301" * 201
    assert ops_caller.post(f"{PROBLEM}/incidents", {**INCIDENT, "title": fits}).status_code == 201
    assert ops_caller.post(f"{PROBLEM}/incidents", {**INCIDENT, "title": too_long}).status_code == 400


@pytest.mark.parametrize("login", [{"username": "\x00", "password": "x"}, {"username": "\ud800", "password": "x"}, {}])
def test_an_odd_login_is_a_validation_error(anyone: Caller, login: dict[str, str]) -> None:
    answer = anyone.post("/api/v1/auth/token", login)
    assert (answer.status_code, answer.json()["i18n_key"]) == (400, "error.status.validation")


@pytest.mark.parametrize("name", ["page_size", "pageSize"])
def test_a_wrong_parameter_is_named_as_it_was_spelt(anyone: Caller, name: str) -> None:
    for base in (PROBLEM, ENVELOPE):
        answer = anyone.get(f"{base}/incidents?{name}=x", Accept="application/problem+json")
        assert answer.json()["detail"].startswith(f"The parameter {name} is wrong")


@pytest.mark.parametrize("value", ["%00", "x", "9999-12-31T23:59:59-23:59", "'", "%ED%A0%80", "a" * 5000, "-1", "%F0"])
@pytest.mark.parametrize("name", ["severity", "status", "service", "page", "page_size", "pageSize"])
def test_an_odd_parameter_never_breaks_a_list(anyone: Caller, name: str, value: str) -> None:
    for path in (f"{PROBLEM}/incidents", f"{PROBLEM}/maintenances"):
        assert anyone.get(f"{path}?{name}={value}").status_code in (200, 400)
