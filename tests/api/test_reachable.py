"""No answer is described that cannot be had: each status of each operation is provoked, and looks as described."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from incidents.api import issuer
from incidents.api.schema import samples
from incidents.api.schema.document import document
from incidents.api.views import ApiView
from incidents.errors import DownstreamFailure
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from tests.api.calling import Caller
from tests.api.document import ANY_ID, operations, resolved

LATER = ("409", "429")
CASES = [
    (f"{method} {path}", status)
    for (method, path), operation in operations().items()
    for status in operation["responses"]
    if status not in LATER
]


@dataclass
class Case:
    """One request; `way` is what the document calls it, `things` what its path may name."""

    caller: Caller
    method: str
    path: str
    body: dict[str, Any] | None
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, raw: bytes | None = None, **headers: str) -> Any:
        return self.caller(self.method, self.path, self.body if raw is None else raw, **self.headers, **headers)


@pytest.fixture
def now() -> datetime:
    return samples.NOW


@pytest.fixture
def things(
    frozen: object,
    ops: Actor,
    service: Callable[..., Service],
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
) -> dict[str, str]:
    """What the examples speak of, by the word that stands before it in a path."""
    ServiceGroup.add(by=ops, slug="shop", name="Shop")
    service("checkout")
    times = {name: samples.MEMBERS[name] for name in ("scheduled_start_at", "scheduled_end_at")}
    planned, told = window(**times), incident(message="Broken")
    over = incident(status=IncidentStatus.RESOLVED, started_at=samples.MEMBERS["started_at"], resolved_at=samples.NOW)
    over.write_postmortem("What happened", published=False, by=ops)
    return {
        "incidents": told.pk,
        "maintenances": planned.pk,
        "maintenance": planned.pk,
        "services": "checkout",
        "service-groups": "shop",
        "postmortem": over.pk,
    }


@pytest.fixture
def case(things: dict[str, str], ops_caller: Caller) -> Callable[[str], Case]:
    def build(way: str) -> Case:
        method, path = way.split()
        return Case(ops_caller, method, filled(path, things), example_body(method, path), {"X_Idempotency_Key": "one"})

    return build


def filled(path: str, things: dict[str, str]) -> str:
    word = "postmortem" if path.endswith("/postmortem") else path.split("/{")[0].split("/")[-1]
    return path.replace("{id}", things.get(word, "")).replace("{slug}", things.get(word, ""))


def example_body(method: str, path: str) -> dict[str, Any] | None:
    """The document's own, but not what is in the database already, nor an older version of it."""
    content = operations()[method, path].get("requestBody", {}).get("content")
    if content is None:
        return None
    body = dict(content["application/json"]["examples"]["usual"]["value"])
    body.pop("version", None)
    return body | ({"slug": "new"} if method == "POST" and "slug" in body else {})


@pytest.mark.django_db
@pytest.mark.parametrize(("way", "status"), CASES)
def test_what_is_described_can_be_had(
    case: Callable[[str], Case], user: Any, monkeypatch: pytest.MonkeyPatch, way: str, status: str
) -> None:
    one = case(way)
    provoke = PROVOCATIONS.get(status, Case.send)
    answer = provoke(one, monkeypatch) if status in ("500", "502") else provoke(one)
    assert answer.status_code == int(status), answer.content
    check_against_the_document(way, answer)


def check_against_the_document(way: str, answer: Any) -> None:
    method, path = way.split()
    described = resolved(operations()[method, path]["responses"][str(answer.status_code)])
    for name, header in described["headers"].items():
        assert answer.has_header(name) or not resolved(header)["required"], f"{name} is missing"
    if answer.status_code != 304:
        schema = described["content"][answer["Content-Type"]]["schema"]
        Draft202012Validator({**schema, "components": document()["components"]}).validate(json.loads(answer.content))


# How to get each status


def not_understood(one: Case) -> Any:
    one.path += "?x=%00"
    return one.send()


def by_nobody(one: Case) -> Any:
    one.caller = Caller({"Authorization": "Bearer nonsense"})
    return one.send()


def without_a_role(one: Case) -> Any:
    one.caller = Caller({"Authorization": "Bearer nonsense"})
    return one.send()


def of_nothing(one: Case) -> Any:
    one.path = one.path
    return one.send()


PROVOCATIONS: dict[str, Callable[..., Any]] = {}
