"""How a body is read: every fault is named at once, and letter case does not matter."""

from collections.abc import Callable

import pytest

from incidents.models import Incident, Service
from tests.api.calling import ADMIN, PROBLEM, Caller, wrong_fields


@pytest.mark.parametrize(
    ("resolved_at", "code"),
    [("2001-01-01T00:00:00Z", "out_of_order"), ("2099-01-01T00:00:00Z", "in_future"), ("x", "invalid")],
)
def test_one_answer_names_every_wrong_field_of_a_change(
    ops_caller: Caller, incident: Callable[..., Incident], resolved_at: str, code: str
) -> None:
    path = f"{PROBLEM}/incidents/{incident().pk}"
    answer = ops_caller.patch(path, {"title": "", "status": "resolved", "resolved_at": resolved_at})
    assert wrong_fields(answer) == {"title": "blank", "resolved_at": code}
    assert len(answer.json()["errors"]) == 2


@pytest.mark.parametrize(("method", "path"), [("POST", "/services"), ("PATCH", "/services/other")])
def test_a_taken_slug_is_named_beside_what_else_is_wrong(
    ops_caller: Caller, service: Callable[..., Service], method: str, path: str
) -> None:
    service("api")
    service("other")
    answer = ops_caller(method, ADMIN + path, {"slug": "api", "name": ""})
    assert wrong_fields(answer) == {"slug": "unique", "name": "blank"}


def test_an_affected_service_is_read_in_either_case(ops_caller: Caller, api: Service) -> None:
    hit = [{"ID": "api", "LEVEL": "PARTIAL_OUTAGE"}]
    answer = ops_caller.post(
        f"{PROBLEM}/incidents",
        {"title": "x", "severity": "major", "status": "investigating", "affected_services": hit},
    )
    assert [(i["service"], i["level"]) for i in answer.json()["data"]["impacts"]] == [("api", "partial_outage")]
