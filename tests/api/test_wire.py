"""What answers look like in either dialect."""

from collections.abc import Callable

import pytest

from incidents.models import Incident, Service
from incidents.severity import ServiceStatus, Severity
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller

type Open = Callable[..., Incident]


def test_a_problem_success_is_code_message_data(anyone: Caller, incident: Open) -> None:
    body = anyone.get(f"{PROBLEM}/incidents/{incident().pk}").json()
    assert set(body) == {"code", "message", "data"}
    assert body["code"] == 0


def test_an_envelope_success_is_data_error_meta(anyone: Caller, incident: Open) -> None:
    body = anyone.get(f"{ENVELOPE}/incidents/{incident().pk}", X_Request_ID="r-1").json()
    assert set(body) == {"data", "error", "meta"}
    assert body["error"] is None
    assert body["meta"]["request_id"] == "r-1"
    assert body["meta"]["service"] == "status-svc"


@pytest.mark.usefixtures("frozen")
def test_the_envelope_says_when_with_milliseconds(anyone: Caller) -> None:
    assert anyone.get(f"{ENVELOPE}/").json()["meta"]["timestamp"] == "2026-11-21T12:00:00.000Z"


@pytest.mark.usefixtures("frozen")
def test_a_problem_list_carries_items_and_pagination(anyone: Caller, incident: Open) -> None:
    incident()
    body = anyone.get(f"{PROBLEM}/incidents").json()
    assert set(body) == {"code", "message", "items", "total", "pagination", "timestamp"}
    assert body["timestamp"] == "2026-11-21T12:00:00Z"
    assert body["pagination"] == {
        "page": 1,
        "page_size": 20,
        "total": 1,
        "total_pages": 1,
        "has_next": False,
        "has_prev": False,
    }


def test_an_envelope_list_carries_its_pagination_in_meta(anyone: Caller, incident: Open) -> None:
    incident()
    body = anyone.get(f"{ENVELOPE}/incidents").json()
    assert len(body["data"]) == 1
    assert set(body["meta"]["pagination"]) == {"page", "pageSize", "total", "totalPages", "hasNext", "hasPrev"}


def test_keys_and_words_follow_the_dialect(anyone: Caller, incident: Open, api: Service) -> None:
    one = incident(title="status: major", levels={api: ServiceStatus.PARTIAL_OUTAGE}, severity=Severity.MAJOR)
    snake = anyone.get(f"{PROBLEM}/incidents/{one.pk}").json()["data"]
    camel = anyone.get(f"{ENVELOPE}/incidents/{one.pk}").json()["data"]
    assert (snake["status"], snake["severity"]) == ("investigating", "major")
    assert snake["impacts"][0]["level"] == "partial_outage"
    assert (camel["status"], camel["severity"]) == ("INVESTIGATING", "MAJOR")
    assert (camel["impacts"][0]["level"], camel["impacts"][0]["service"]) == ("PARTIAL_OUTAGE", "api")
    assert camel["title"] == "status: major"
    assert camel["isPublic"] == snake["is_public"]


def test_an_incident_shows_every_member_of_the_contract(anyone: Caller, incident: Open) -> None:
    shown = anyone.get(f"{PROBLEM}/incidents/{incident().pk}").json()["data"]
    assert set(shown) >= {
        "id", "title", "description", "severity", "status", "affected_services", "impacts", "is_public", "created_at",
        "updated_at", "started_at", "resolved_at", "version", "url", "next_update_at", "updates",
    }  # fmt: skip
    assert set(shown["updates"][0]) == {"id", "message", "status", "created_at", "display_at", "edited_at"}
    assert shown["url"] == f"http://127.0.0.1:8000/incidents/{shown['id']}/"
    assert shown["created_at"].endswith("Z")


def test_no_content_is_a_success_without_data(ops_caller: Caller, incident: Open) -> None:
    answer = ops_caller.delete(f"{PROBLEM}/incidents/{incident().pk}")
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "message": "Incident deleted."})
    answer = ops_caller.delete(f"{ADMIN}/incidents/{incident().pk}")
    assert (answer.status_code, answer.json()["data"], answer.json()["error"]) == (200, None, None)


@pytest.mark.parametrize("base", [PROBLEM, "/status", ENVELOPE])
def test_a_slash_at_the_end_makes_no_difference(anyone: Caller, incident: Open, base: str) -> None:
    incident()
    plain, slashed = anyone.get(f"{base}/incidents"), anyone.get(f"{base}/incidents/")
    assert plain.status_code == slashed.status_code == 200
    assert plain["ETag"] == slashed["ETag"]


def test_the_alias_without_prefix_speaks_the_problem_dialect(anyone: Caller, incident: Open) -> None:
    one = incident()
    prefixed, alias = anyone.get(f"{PROBLEM}/incidents/{one.pk}"), anyone.get(f"/status/incidents/{one.pk}")
    assert prefixed.json() == alias.json()


def test_options_lists_what_is_allowed(anyone: Caller) -> None:
    answer = anyone("OPTIONS", f"{PROBLEM}/incidents")
    assert answer.status_code == 200
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


@pytest.mark.parametrize("accept", ["application/problem+json", "application/json", "*/*", "text/html, */*;q=0.8"])
def test_every_sensible_accept_gets_json(anyone: Caller, accept: str) -> None:
    answer = anyone.get(f"{ENVELOPE}/", Accept=accept)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_what_anybody_may_read_may_be_kept_but_asked_for_again(anyone: Caller, ops_caller: Caller) -> None:
    assert anyone.get(f"{PROBLEM}/overview")["Cache-Control"] == "no-cache"
    assert ops_caller.get(f"{PROBLEM}/overview")["Cache-Control"] == "no-store"
    assert "Authorization" in anyone.get(f"{PROBLEM}/overview")["Vary"]
