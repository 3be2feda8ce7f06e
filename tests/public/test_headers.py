"""What a strict header scanner says of every public answer. Its rules: 100 points, less what is missing; what is better
than needed counts where that leaves 90 or more."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpResponseBase
from django.test import Client

from incidents.budget import SUBSCRIPTIONS_PER_MINUTE
from incidents.published.serving import to_people, to_programs
from tests.public.conftest import Pages

A_PLUS = 100
MAY_BE_FRAMED = "embed"  # and loses the points for that
HALF_A_YEAR = 15_768_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}

# Written out once more: whoever loosens ours has to say so here.
POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "font-src": {"'self'"},
    "connect-src": {"'self'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
    "base-uri": {"'none'"},
}

type Headers = Mapping[str, str]
type Ask = Callable[..., HttpResponseBase]


def policy_of(headers: Headers) -> dict[str, set[str]]:
    directives = [part.split() for part in headers.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {name: set(sources) for name, *sources in directives}


def is_framed_by_nobody(headers: Headers) -> bool:
    return headers.get("X-Frame-Options") == "DENY" or policy_of(headers).get("frame-ancestors") == {"'none'"}


def penalties(headers: Headers, cookies: "SimpleCookie") -> int:
    policy = policy_of(headers)
    scripts = policy.get("script-src", policy.get("default-src", set()))
    age = re.search(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    lost = [
        (25, not policy),
        (20, bool({"'unsafe-inline'", "data:"} & scripts)),
        (10, "'unsafe-eval'" in scripts),
        (20, not is_framed_by_nobody(headers)),
        (5, headers.get("X-Content-Type-Options") != "nosniff"),
        (5, headers.get("Referrer-Policy") not in PRIVATE),
        (50, headers.get("Access-Control-Allow-Origin") == "*" and "Access-Control-Allow-Credentials" in headers),
        (40, any(not cookie["secure"] for cookie in cookies.values())),
        (30, any(not cookie["httponly"] for cookie in cookies.values())),
    ]
    transport = 20 if age is None else 10 if int(age[1]) < HALF_A_YEAR else 0
    return transport + sum(points for points, is_so in lost if is_so)


def bonuses(headers: Headers) -> int:
    policy = policy_of(headers)
    is_strict = not any("unsafe" in source for sources in policy.values() for source in sources)
    won = [
        (5, is_strict),
        (10, policy.get("default-src") == {"'none'"} and "form-action" in policy),
        (5, is_framed_by_nobody(headers)),
        (10, headers.get("Cross-Origin-Resource-Policy") in ("same-origin", "same-site")),
    ]
    return sum(points for points, is_so in won if is_so)


def score(headers: Headers, cookies: "SimpleCookie") -> int:
    bare = 100 - penalties(headers, cookies)
    return bare + bonuses(headers) if bare >= 90 else bare


@pytest.fixture
def ask(settings: Any, db: None) -> Ask:
    """What is answered over TLS."""
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 63_072_000, True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client(raise_request_exception=False)
    return lambda path, method="GET": client.generic(method, path, secure=True)


def assert_strict(answer: HttpResponseBase) -> None:
    assert policy_of(answer.headers) == POLICY
    assert score(answer.headers, answer.cookies) >= A_PLUS


def test_every_public_page_is_worth_an_a_plus(pages: Pages, holder_pages: Pages, ask: Ask) -> None:
    answers = {name: ask(path) for name, path in {**pages, **holder_pages}.items()}
    framed = answers.pop(MAY_BE_FRAMED)
    for answer in answers.values():
        assert_strict(answer)
    assert policy_of(framed.headers) == {**POLICY, "frame-ancestors": {"*"}}
    assert score(framed.headers, framed.cookies) == 80


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/nothing", "GET"),
        ("/incidents/abcdefghijkl/", "GET"),
        ("/api/v1/nothing", "GET"),
        ("/api/v2/summary.json", "GET"),
        ("/api/v2/nothing.json", "GET"),
        ("/?x=%00", "GET"),
        ("/", "POST"),
        ("/history", "GET"),
        ("/admin/login/", "GET"),
        ("/api/docs/", "GET"),
    ],
)
def test_so_are_refusals_and_what_is_no_page(ask: Ask, path: str, method: str) -> None:
    assert_strict(ask(path, method))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SuspiciousOperation(), 400),
        (PermissionDenied(), 403),
        (Http404(), 404),
        (ZeroDivisionError(), 500),
        (OperationalError(), 503),
    ],
)
@pytest.mark.parametrize("path", ["/", "/de/", "/embed/"])
def test_so_is_every_failure(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, path: str, error: Exception, status: int
) -> None:
    def fail(now: datetime) -> None:
        raise error

    monkeypatch.setattr("incidents.page.home", fail)
    monkeypatch.setattr("incidents.page.present", fail)
    answer = ask(path)
    assert answer.status_code == status
    assert_strict(answer)


def test_so_is_a_refusal_for_having_asked_too_often(ask: Ask) -> None:
    answers = [ask("/subscribe/", "POST") for _ in range(SUBSCRIPTIONS_PER_MINUTE + 1)]
    assert answers[-1].status_code == 429
    assert_strict(answers[-1])


@pytest.mark.parametrize("messages", [to_people, to_programs])
def test_so_is_what_the_published_pages_say_when_there_is_nothing(messages: Callable[[], Any], settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 63_072_000
    found = messages()
    for entry in (found.not_found, found.unavailable):
        headers = {**dict(entry.variants[""].headers), "Strict-Transport-Security": "max-age=63072000"}  # over TLS
        assert policy_of(headers) == POLICY
        assert score(headers, SimpleCookie()) >= A_PLUS
