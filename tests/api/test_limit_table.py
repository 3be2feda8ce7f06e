"""How much may be asked in a minute, row by row of the contract's tables: in their figures, not in ours."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from incidents import roles
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller
from tests.api.conftest import caller_for
from tests.api.test_limits import ask, left

# The table of the contract: who asks, what, how often a minute. `{token}` is one that leads nowhere.
TABLE = [
    *(("anyone", f"GET {ENVELOPE}{path}", 100) for path in ("", "/services", "/services/api", "/incidents")),
    *(("anyone", f"GET {ENVELOPE}{path}", 100) for path in ("/incidents/x", "/incidents/x/updates")),
    *(("anyone", f"GET {ENVELOPE}{path}", 100) for path in ("/maintenance", "/maintenance/x")),
    *(("anyone", f"GET {PROBLEM}{path}", 100) for path in ("/overview", "/json", "/services", "/incidents")),
    *(("anyone", f"GET {PROBLEM}{path}", 100) for path in ("/maintenances", "/metrics/uptime", "/metrics/latency")),
    *(("anyone", f"GET {PROBLEM}{path}", 100) for path in ("/rss", "/badge/api")),
    ("anyone", f"GET {ENVELOPE}/summary", 200),
    ("anyone", f"GET {ENVELOPE}/history", 50),
    *(("anyone", f"POST {base}/subscriptions", 10) for base in (PROBLEM, ENVELOPE)),
    ("anyone", "POST /api/v2/subscribers.json", 10),
    *(("anyone", f"POST {base}/subscriptions/verify", 10) for base in (PROBLEM, ENVELOPE)),
    *(("anyone", f"{method} {ENVELOPE}/subscriptions/{{token}}", 10) for method in ("GET", "PATCH", "DELETE")),
    *(("anyone", f"POST {ENVELOPE}/subscriptions/{{token}}/{act}", 10) for act in ("secret", "enable")),
    *(("anyone", f"{method} {PROBLEM}/subscriptions/preferences", 10) for method in ("GET", "PUT")),
    *(("anyone", f"POST {PROBLEM}/subscriptions/{act}", 10) for act in ("secret", "enable")),
    ("anyone", f"DELETE {PROBLEM}/subscriptions", 10),
    ("anyone", f"POST {ENVELOPE}/subscriptions/{{token}}/resend", 3),
    *(("ops", f"{method} {ADMIN}/incidents", 300) for method in ("GET", "POST", "OPTIONS")),
    *(("ops", f"{method} {ADMIN}/incidents/x", 300) for method in ("GET", "PATCH", "DELETE")),
    *(("ops", f"GET {ADMIN}/{name}", 300) for name in ("maintenance", "services", "service-groups", "templates")),
    *(("ops", f"GET {ADMIN}/{name}", 300) for name in ("subscriptions", "audit", "events")),
    *(("ops", f"POST {PROBLEM}/{name}", 300) for name in ("incidents", "maintenances", "incidents/x/updates")),
    *((who, way, 60) for who in ("ops", "officer") for way in (f"GET {ADMIN}/gdpr/export", f"POST {ADMIN}/gdpr/erase")),
    *(("anyone", f"POST /api/v1/auth/token{act}", 60) for act in ("", "/refresh", "/blacklist")),
]


@pytest.fixture
def callers(anyone: Caller, ops_caller: Caller, officer: Caller) -> dict[str, Caller]:
    return {"anyone": anyone, "ops": ops_caller, "officer": officer}


@pytest.mark.parametrize(("who", "way", "figure"), TABLE)
def test_each_figure_of_the_table_is_a_budget_of_its_own(
    frozen: object, callers: dict[str, Caller], who: str, way: str, figure: int
) -> None:
    method, path = way.split()
    asked = [callers[who](method, path.format(token="x"), None if method == "GET" else {}) for _ in range(2)]
    assert [left(answer) for answer in asked] == [(figure, figure - 1), (figure, figure - 2)]


@pytest.mark.parametrize(
    ("method", "path", "figure"),
    [
        ("GET", f"{ENVELOPE}/summary", 200),
        ("GET", f"{ENVELOPE}/history", 50),
        ("POST", f"{ENVELOPE}/subscriptions", 10),
        ("POST", f"{ENVELOPE}/subscriptions/x/resend", 3),
    ],
)
def test_a_budget_ends_where_the_table_says(
    frozen: object, anyone: Caller, method: str, path: str, figure: int
) -> None:
    asked = [anyone(method, path, None if method == "GET" else {}).status_code for _ in range(figure + 1)]
    assert (429 in asked[:-1], asked[-1]) == (False, 429)


def test_the_officers_sixty_are_counted_by_user(user: Callable[..., User], frozen: object) -> None:
    ann, bob = (caller_for(user(name, roles.DATA_PROTECTION_OFFICER)) for name in ("ann", "bob"))
    assert 429 not in ask(ann, f"{ADMIN}/gdpr/export", 60)
    assert ann.get(f"{ADMIN}/gdpr/export").status_code == 429
    assert left(bob.get(f"{ADMIN}/gdpr/export")) == (60, 59)
