"""Who may do what: each route, each method, each kind of caller. A route that is in no list here fails."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from rest_framework_simplejwt.tokens import AccessToken

from incidents import roles
from incidents.api.machines import signed
from incidents.models import Actor, MachineToken
from tests.api.calling import Caller
from tests.api.conftest import caller_for
from tests.api.document import ANY_ID, routes

type Outcomes = Mapping[str, str]

CALLERS = ("anonymous", "no role", "officer", "ops", "superuser", "machine", "expired")
GETS_IN: Outcomes = dict.fromkeys(CALLERS, "allowed")
EVERYBODY: Outcomes = {**GETS_IN, "expired": "401"}
ONLY_OPS: Outcomes = {**EVERYBODY, "anonymous": "401", "no role": "403", "officer": "403"}
OPS_AND_OFFICER: Outcomes = {**ONLY_OPS, "officer": "allowed"}
NOBODY: Outcomes = dict.fromkeys(CALLERS, "401")

# An old token must not keep anybody from getting a new one.
TOKENS = """
    POST /api/v1/auth/token
    POST /api/v1/auth/token/refresh
    POST /api/v1/auth/token/blacklist
"""
# Nobody gets in by a token for people or machines; tests/api/test_internal.py has the keys.
INTERNAL = """
    GET /api/v1/internal/schedulers
    POST /api/v1/internal/status/subscriptions/digest
    POST /api/v1/internal/status/subscriptions/erase
"""
# The same for everybody, whatever token they send along.
RENDERED = """
    GET /api/v1/status/rss
    GET /api/v1/status/badge/{slug}
"""
# Subscribing, and what the holder of a mailed token may do: nobody else's token matters.
SUBSCRIBERS = """
    POST /api/v2/subscribers.json
    POST /api/v1/status/subscriptions
    DELETE /api/v1/status/subscriptions
    POST /api/v1/status/subscriptions/verify
    GET /api/v1/status/subscriptions/preferences
    PUT /api/v1/status/subscriptions/preferences
    POST /api/v1/status/subscriptions/secret
    POST /api/v1/status/subscriptions/enable
    POST /status/v1/subscriptions
    POST /status/v1/subscriptions/verify
    GET /status/v1/subscriptions/{token}
    PATCH /status/v1/subscriptions/{token}
    DELETE /status/v1/subscriptions/{token}
    POST /status/v1/subscriptions/{token}/secret
    POST /status/v1/subscriptions/{token}/enable
    POST /status/v1/subscriptions/{token}/resend
"""
PRIVACY = """
    GET /status/v1/_admin/gdpr/export
    POST /status/v1/_admin/gdpr/erase
"""
PUBLIC = """
    GET /api/v1/status/overview
    GET /api/v1/status/json
    GET /api/v1/status/services
    GET /api/v1/status/incidents
    GET /api/v1/status/incidents/{id}
    GET /api/v1/status/incidents/{id}/updates
    GET /api/v1/status/maintenances
    GET /api/v1/status/maintenances/{id}
    GET /api/v1/status/maintenances/{id}/updates
    GET /api/v1/status/metrics/uptime
    GET /api/v1/status/metrics/latency
    GET /status/v1
    GET /status/v1/history
    GET /status/v1/summary
    GET /status/v1/services
    GET /status/v1/services/{slug}
    GET /status/v1/incidents
    GET /status/v1/incidents/{id}
    GET /status/v1/incidents/{id}/updates
    GET /status/v1/maintenance
    GET /status/v1/maintenance/{id}
"""
OPS = """
    POST /api/v1/status/incidents
    PUT /api/v1/status/incidents/{id}
    PATCH /api/v1/status/incidents/{id}
    DELETE /api/v1/status/incidents/{id}
    POST /api/v1/status/incidents/{id}/updates
    POST /api/v1/status/incidents/{id}/merge
    PUT /api/v1/status/incidents/{id}/postmortem
    DELETE /api/v1/status/incidents/{id}/postmortem
    POST /api/v1/status/maintenances
    PUT /api/v1/status/maintenances/{id}
    PATCH /api/v1/status/maintenances/{id}
    DELETE /api/v1/status/maintenances/{id}
    POST /api/v1/status/maintenances/{id}/updates
    GET /status/v1/_admin/incidents
    POST /status/v1/_admin/incidents
    GET /status/v1/_admin/incidents/{id}
    PATCH /status/v1/_admin/incidents/{id}
    DELETE /status/v1/_admin/incidents/{id}
    POST /status/v1/_admin/incidents/{id}/updates
    POST /status/v1/_admin/incidents/{id}/merge
    PUT /status/v1/_admin/incidents/{id}/postmortem
    GET /status/v1/_admin/maintenance
    POST /status/v1/_admin/maintenance
    GET /status/v1/_admin/maintenance/{id}
    PATCH /status/v1/_admin/maintenance/{id}
    DELETE /status/v1/_admin/maintenance/{id}
    POST /status/v1/_admin/maintenance/{id}/updates
    GET /status/v1/_admin/incidents/{id}/updates
    DELETE /status/v1/_admin/incidents/{id}/postmortem
    GET /status/v1/_admin/maintenance/{id}/updates
    GET /status/v1/_admin/services
    POST /status/v1/_admin/services
    GET /status/v1/_admin/services/{slug}
    PATCH /status/v1/_admin/services/{slug}
    DELETE /status/v1/_admin/services/{slug}
    GET /status/v1/_admin/service-groups
    POST /status/v1/_admin/service-groups
    GET /status/v1/_admin/service-groups/{slug}
    PATCH /status/v1/_admin/service-groups/{slug}
    DELETE /status/v1/_admin/service-groups/{slug}
    GET /status/v1/_admin/templates
    POST /status/v1/_admin/templates
    GET /status/v1/_admin/templates/{slug}
    PATCH /status/v1/_admin/templates/{slug}
    DELETE /status/v1/_admin/templates/{slug}
    GET /api/v1/status/subscriptions
    GET /status/v1/_admin/subscriptions
    GET /status/v1/_admin/incidents/{id}/notifications
    POST /status/v1/_admin/incidents/{id}/notifications/withdraw
    GET /status/v1/_admin/maintenance/{id}/notifications
    POST /status/v1/_admin/maintenance/{id}/notifications/withdraw
    GET /status/v1/_admin/events
    GET /status/v1/_admin/audit
"""
TABLE = (
    (TOKENS, GETS_IN),
    (RENDERED, GETS_IN),
    (PUBLIC, EVERYBODY),
    (SUBSCRIBERS, EVERYBODY),
    (OPS, ONLY_OPS),
    (PRIVACY, OPS_AND_OFFICER),
    (INTERNAL, NOBODY),
)
MATRIX = {line.strip(): outcomes for lines, outcomes in TABLE for line in lines.strip().splitlines()}


@pytest.fixture
def callers(user: Callable[..., User], settings: Settings) -> dict[str, Caller]:
    settings.RATELIMIT_ENABLE = False  # they all come from one address
    machine = MachineToken.issue("deploy", (roles.PLATFORM_OPS,), days=1, by=Actor("ops", "test"))
    old = AccessToken.for_user(user("late", roles.PLATFORM_OPS))
    old.set_exp(lifetime=-timedelta(hours=1))
    return {
        "anonymous": Caller(),
        "no role": caller_for(user("nobody")),
        "officer": caller_for(user("officer", roles.DATA_PROTECTION_OFFICER)),
        "ops": caller_for(user("operator", roles.PLATFORM_OPS)),
        "superuser": caller_for(user("root", is_superuser=True)),
        "machine": Caller({"Authorization": f"Bearer {signed(machine)}"}),
        "expired": Caller({"Authorization": f"Bearer {old}"}),
    }


def test_every_route_has_its_line_in_the_matrix() -> None:
    assert {f"{method} {path}" for method, path, _ in routes()} == MATRIX.keys()


@pytest.mark.parametrize("way", MATRIX)
def test_a_route_lets_in_whom_it_should(callers: dict[str, Caller], way: str) -> None:
    method, path = way.split()
    assert outcomes(callers, method, path) == MATRIX[way]


@pytest.mark.parametrize("way", [way for way in MATRIX if "/api/v1/status" in way])
def test_the_alias_lets_in_the_same(callers: dict[str, Caller], way: str) -> None:
    method, path = way.split()
    assert outcomes(callers, method, path.removeprefix("/api/v1")) == MATRIX[way]


def outcomes(callers: dict[str, Caller], method: str, path: str) -> dict[str, str]:
    filled = re.sub(r"{\w+}", ANY_ID, path)
    found = {name: caller(method, filled, None if method == "GET" else {}) for name, caller in callers.items()}
    return {name: outcome(answer, names_one="{" in path) for name, answer in found.items()}


def outcome(answer: Any, *, names_one: bool) -> str:
    """`names_one`: of which there is none here, so that 404 is the answer to who gets in."""
    assert answer.status_code < 500, answer.content
    assert answer.status_code not in ((405, 429) if names_one else (404, 405, 429)), answer.content
    if answer.status_code == 401:
        assert answer["WWW-Authenticate"] == "Bearer"
    return str(answer.status_code) if answer.status_code in (401, 403) else "allowed"
