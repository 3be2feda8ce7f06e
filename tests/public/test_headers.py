"""What a strict header scanner says of every public answer. Its rules: 100 points, less what is missing; what is better
than needed counts where that leaves 90 or more."""

import re
from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client

from incidents.models import Service
from incidents.published.serving import to_people, to_programs
from tests.public.conftest import Pages

A_PLUS = 100
MAY_BE_FRAMED = "embed"  # and loses the points for that
HALF_A_YEAR = 15_768_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}

type Headers = Mapping[str, str]


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
def scored(settings: Any, db: None) -> Callable[..., int]:
    """The score of what a path answers over TLS."""
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 63_072_000, True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client(raise_request_exception=False)

    def ask(path: str, method: str = "GET") -> int:
        answer: HttpResponseBase = client.generic(method, path, secure=True)
        return score(answer.headers, answer.cookies)

    return ask


def test_every_public_page_is_worth_an_a_plus(pages: Pages, holder_pages: Pages, scored: Callable[..., int]) -> None:
    scores = {name: scored(path) for name, path in {**pages, **holder_pages}.items()}
    assert {name for name, points in scores.items() if points < A_PLUS} == {MAY_BE_FRAMED}
    assert scores[MAY_BE_FRAMED] == 80


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
def test_so_are_refusals_and_what_is_no_page(scored: Callable[..., int], path: str, method: str) -> None:
    assert scored(path, method) >= A_PLUS


def test_so_is_a_failure(scored: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incidents.page.home", lambda now: 1 / 0)
    assert scored("/") >= A_PLUS


@pytest.mark.parametrize("messages", [to_people, to_programs])
def test_so_is_what_the_published_pages_say_when_there_is_nothing(messages: Callable[[], Any], settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 63_072_000
    found = messages()
    for entry in (found.not_found, found.unavailable):
        headers = {**dict(entry.variants[""].headers), "Strict-Transport-Security": "max-age=63072000"}  # over TLS
        assert score(headers, SimpleCookie()) >= A_PLUS


@pytest.mark.parametrize("route", ["badge", "service_badge", "embed", "embed_script"])
def test_what_is_for_other_sites_may_be_shown_there(client: Client, pages: Pages, route: str) -> None:
    answer = client.get(pages[route])
    again = client.get(pages[route], headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert [a["Cross-Origin-Resource-Policy"] for a in (answer, again)] == ["cross-origin"] * 2


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/v1/nothing", "/admin/login/"])
def test_no_page_may_use_camera_or_microphone(client: Client, api: Service, path: str) -> None:
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(client.get(path)["Permissions-Policy"].split(", "))
