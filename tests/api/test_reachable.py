"""No answer is described that cannot be had: each status of each operation is provoked, and looks as described."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from jsonschema import Draft202012Validator
from rest_framework_simplejwt.tokens import RefreshToken

from incidents.api import issuer
from incidents.api.schema import samples
from incidents.api.schema.document import document
from incidents.budget import Budget, Standing
from incidents.errors import DownstreamFailure
from incidents.lifecycle import IncidentStatus
from incidents.models import (
    Actor,
    Channel,
    Incident,
    IncidentTemplate,
    MaintenanceWindow,
    Service,
    ServiceGroup,
    Subscription,
)
from incidents.models.tokens import Purpose
from incidents.severity import Severity
from tests.api.calling import Caller
from tests.api.conftest import caller_for
from tests.api.document import ANY_ID, operations, resolved, routes
from tests.conftest import PASSWORD

API_KEY = "a key of sixteen or more"
CASES = [
    pytest.param(way, status, id=f"{' '.join(way)} {status}")
    for way, operation in operations().items()
    for status in operation["responses"]
    if not (status == "500" and "/api/v2/" in way[1])  # no view of the API's to break
]


@dataclass
class Case:
    """One request that succeeds as it is, and what may be changed so that it does not."""

    caller: Caller
    method: str
    path: str
    body: dict[str, Any] | None
    things: dict[str, str]
    way: tuple[str, str]  # method and path as the document has them

    def send(self, raw: bytes | None = None, **headers: str) -> Any:
        body = self.body if raw is None else raw
        return self.caller(self.method, self.path, body, **{"X_Idempotency_Key": "one", **headers})


@pytest.fixture
def now() -> datetime:
    return samples.NOW


@pytest.fixture
def things(
    frozen: object,
    service: Callable[..., Service],
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
    subscription: Callable[..., Subscription],
) -> dict[str, str]:
    """What the examples speak of, by the word that stands before it in a path."""
    ops = Actor("ops", "test")
    ServiceGroup.add(by=ops, slug="shop", name="Shop")
    service("checkout")
    times = {name: samples.MEMBERS[name] for name in ("scheduled_start_at", "scheduled_end_at")}
    planned, told = window(**times), incident(message="Broken")
    twice = incident(title="Told twice")
    over = incident(status=IncidentStatus.RESOLVED, started_at=samples.MEMBERS["started_at"], resolved_at=samples.NOW)
    over.write_postmortem("What happened", published=False, by=ops)
    template = IncidentTemplate.add(by=ops, slug="usual", name="Usual", title="It is slow", severity=Severity.MINOR)
    Subscription.subscribe("ops@example.com", channel=Channel.WEBHOOK, endpoint="https://1.1.1.1/hook")
    hook = Subscription.verify(Subscription.objects.get().token(Purpose.CONFIRM))
    row, waiting = subscription(), subscription("waits@example.com", verified=False)
    return {
        "incidents": told.pk,
        "maintenances": planned.pk,
        "maintenance": planned.pk,
        "services": "checkout",
        "service-groups": "shop",
        "templates": template.slug,
        "badge": "checkout",
        "secret": hook.token(Purpose.MANAGE),
        "resend": row.token(Purpose.MANAGE),
        "subscriptions": row.token(Purpose.MANAGE),
        "verify": waiting.token(Purpose.CONFIRM),
        "postmortem": over.pk,
        "merge": twice.pk,
    }


@pytest.fixture
def bodies(things: dict[str, str], operator: User) -> dict[str, dict[str, str]]:
    """Where the document's example cannot work here."""
    refresh = {"refresh": str(RefreshToken.for_user(operator))}
    return {
        "/api/v1/auth/token": {"username": operator.username, "password": PASSWORD},
        "/api/v1/auth/token/refresh": refresh,
        "/api/v1/auth/token/blacklist": refresh,
        "/api/v1/status/incidents/{id}/merge": {"into": things["incidents"]},
        "/status/v1/_admin/incidents/{id}/merge": {"into": things["incidents"]},
        "/api/v1/status/subscriptions/verify": {},
        "/status/v1/subscriptions/verify": {"token": things["verify"]},
        "/status/v1/_admin/services": {"slug": "new", "name": "New"},
        "/status/v1/_admin/service-groups": {"slug": "new", "name": "New"},
    }


@pytest.fixture
def case(things: dict[str, str], bodies: dict[str, Any], operator: User, settings: Any, way: tuple[str, str]) -> Case:
    method, path = way
    settings.INTERNAL_API_KEYS = [API_KEY]
    caller = Caller({"X-API-Key": API_KEY}) if "/internal/" in path else caller_for(operator)
    body = bodies.get(path, example(method, path)) if method != "GET" else None
    return Case(caller, method, filled(path, things) + query(way, things), body, things, way)


def filled(path: str, things: dict[str, str]) -> str:
    return re.sub(r"{\w+}", named(path, things), path)


def named(path: str, things: dict[str, str]) -> str:
    words = [word for word in path.split("/") if word in things]
    return things[words[-1]] if words else ""


def query(way: tuple[str, str], things: dict[str, str]) -> str:
    """What must be asked for, and the token of a subscription, where the path has none."""
    asked = [one for one in operations()[way]["parameters"] if one["in"] == "query"]
    needed = {one["name"]: one["example"] for one in asked if one["required"]}
    if any(one["name"] == "token" for one in asked) and "{token}" not in way[1]:
        needed["token"] = named(way[1], things)
    return "?" + urlencode(needed)


def example(method: str, path: str) -> dict[str, Any] | None:
    """The document's own; its version is not the present one."""
    content = operations()[method, path].get("requestBody", {}).get("content")
    whole = content["application/json"]["examples"]["usual"]["value"] if content else {}
    return {name: value for name, value in whole.items() if name != "version"}


# How to get each status


def from_nobody(case: Case) -> Any:
    case.caller = Caller({"Authorization": "Bearer nonsense"})
    if "/auth/" in case.path:
        case.body = dict.fromkeys(case.body or {}, "nonsense")
    return case.send()


def from_somebody(case: Case) -> Any:
    case.caller = caller_for(User.objects.create_user("nobody"))
    return case.send()


def of_nothing(case: Case) -> Any:
    case.path = filled(case.way[1], dict.fromkeys(case.things, ANY_ID)) + f"?service={ANY_ID}"
    return case.send()


def not_understood(case: Case) -> Any:
    case.path += "&x=%00"
    return case.send()


def of_too_many_letters(case: Case) -> Any:
    case.path += "&x=" + 8000 * "x"
    return case.send()


def out_of_order(case: Case) -> Any:
    view = next(view for method, path, view in routes() if (method, path) == case.way)
    with patch.object(view.cls, view.actions[case.method.lower()], side_effect=RuntimeError):
        return case.send()


def under_a_used_key(case: Case) -> Any:
    assert case.send().status_code < 300
    case.path += "&other=question"
    return case.send()


def too_often(case: Case) -> Any:
    with patch.object(Budget, "spend", return_value=Standing(limit=1, count=2, reset=30)):
        return case.send()


def without_the_issuer(case: Case) -> Any:
    with patch.object(issuer, "may_have_signed", side_effect=DownstreamFailure("It cannot be asked.")):
        return case.send()


PROVOCATIONS: dict[str, Callable[..., Any]] = {
    "200": lambda case: case.send(),
    "201": lambda case: case.send(),
    "304": lambda case: case.send(If_None_Match="*"),
    "400": not_understood,
    "401": from_nobody,
    "403": from_somebody,
    "404": of_nothing,
    "406": lambda case: case.send(Accept="text/html"),
    "409": under_a_used_key,
    "412": lambda case: case.send(If_Match='"v99"'),
    "413": lambda case: case.send(b" " * 1_000_001),
    "414": of_too_many_letters,
    "415": lambda case: case.send(Content_Encoding="gzip"),
    "422": lambda case: case.send(b'{"nonsense": 1}'),
    "429": too_often,
    "500": out_of_order,
    "502": without_the_issuer,
}


@pytest.mark.parametrize(("way", "status"), CASES)
def test_what_is_described_can_be_had(case: Case, way: tuple[str, str], status: str) -> None:
    answer = PROVOCATIONS[status](case)
    assert answer.status_code == int(status), answer.content
    check_against_the_document(operations()[way]["responses"][status], answer)


def check_against_the_document(response: dict[str, Any], answer: Any) -> None:
    described = resolved(response)
    needed = [name for name, header in described["headers"].items() if resolved(header)["required"]]
    assert [name for name in needed if not answer.has_header(name)] == []
    media_type = answer.headers.get("Content-Type", "").split(";")[0]
    if answer.status_code == 304 or "json" not in media_type:
        assert answer.status_code == 304 or media_type in described["content"]
    else:
        schema = described["content"][media_type]["schema"]
        Draft202012Validator({**schema, "components": document()["components"]}).validate(json.loads(answer.content))
