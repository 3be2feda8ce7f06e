"""The shipped nginx: files for whoever reads, the app for whoever writes, and files still when the app is dead."""

import re
import secrets
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from tests import server
from tests.nginx.conftest import BROTLI, SetUp, nginx
from tests.waiting import eventually

pytestmark = pytest.mark.nginx

HEADERS_OF_PAGES = (
    "Cache-Control",
    "Access-Control-Allow-Origin",
    "Content-Security-Policy",
    "Content-Type",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
)
PATHS = [
    *("/", "/history/", "/services/api/", "/errors/conflict/", "/history.rss", "/favicon.svg", "/robots.txt"),
    *("/history.atom", "/feed.json", "/history.ics", "/maintenance.ics", "/embed/", "/embed.js", "/sitemap.xml"),
    *("/services/api.rss", "/services/api.atom", "/services/api.ics", "/.well-known/security.txt"),
    *("/badge.svg", "/badge.json", "/badge/api.svg", "/badge/api.json"),
    *("/api/v2/summary.json", "/api/v2/incidents/unresolved.json"),
    *("/de/", "/zh-hans/history/", "/fr/services/api/", "/es/embed/", "/de/embed.js"),
]


@pytest.fixture
def opened(ops: httpx.Client) -> Callable[..., str]:
    """Opens an incident through nginx and returns its id."""

    def open_one(title: str) -> str:
        body = {
            "force": True,
            "title": title,
            "severity": "major",
            "status": "investigating",
            "affected_services": ["api"],
        }
        answer = ops.post("/api/v1/status/incidents", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    return open_one


def is_file(answer: httpx.Response) -> bool:
    """Whose ETag is a time and a size."""
    return re.fullmatch('"[0-9a-f]{8}-[0-9a-f]+"', answer.headers.get("ETag", "")) is not None


@pytest.mark.parametrize("path", PATHS)
def test_a_page_comes_from_its_file_with_the_headers_of_the_app(
    path: str, visitor: httpx.Client, set_up: SetUp
) -> None:
    # What another test has hidden takes the files along that told of it; the app answers until they are there again.
    eventually(lambda: is_file(visitor.get(path)), within=60)
    shown = visitor.get(path)
    with set_up.product.client() as direct:
        expected = direct.get(path)
    assert shown.status_code == 200
    assert [shown.headers.get(name) for name in HEADERS_OF_PAGES] == [
        expected.headers.get(name) for name in HEADERS_OF_PAGES
    ]


@pytest.mark.parametrize("language", ["de", "zh-hans"])
def test_what_is_missing_is_said_in_the_language_of_its_path(
    language: str, visitor: httpx.Client, survivor: httpx.Client
) -> None:
    assert f'<html lang="{language}">' in visitor.get(f"/{language}/nothing/").text
    away = survivor.get(f"/{language}/nothing/")
    assert (away.status_code, away.headers["Retry-After"]) == (503, "30")
    assert f'<html lang="{language}">' in away.text


with_brotli = pytest.mark.skipif(not BROTLI.exists(), reason="this nginx lacks its module for brotli")


@pytest.mark.parametrize("encoding", ["gzip", pytest.param("br", marks=with_brotli)])
def test_a_client_gets_the_encoding_that_it_takes(encoding: str, visitor: httpx.Client) -> None:
    plain = visitor.get("/", headers={"Accept-Encoding": "identity"})
    coded = visitor.get("/", headers={"Accept-Encoding": encoding})
    assert "Content-Encoding" not in plain.headers
    assert coded.headers.get("Content-Encoding") == encoding
    assert coded.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert coded.headers["ETag"] != plain.headers["ETag"]
    assert coded.text == plain.text


def test_what_a_client_holds_already_is_not_sent_again(visitor: httpx.Client) -> None:
    held = visitor.get("/")
    again = visitor.get("/", headers={"If-None-Match": held.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == held.headers["Cache-Control"]


def test_a_static_file_is_there_for_ever(visitor: httpx.Client) -> None:
    name = visitor.get("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = visitor.get(name)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"


def test_a_change_shows_at_once(visitor: httpx.Client, opened: Callable[[str], str]) -> None:
    title = f"Fire {secrets.token_hex(4)}"
    incident = opened(title)
    eventually(lambda: title in visitor.get("/").text, within=20)
    assert title in visitor.get(f"/incidents/{incident}/").text


@pytest.mark.parametrize(
    "path", ["/badge.svg?label=Ours&style=flat-square", "/badge/api.svg?x=1&style=flat-square&label=Ours"]
)
def test_a_badge_in_another_form_is_drawn_while_the_app_lives(
    path: str, visitor: httpx.Client, survivor: httpx.Client
) -> None:
    drawn, plain = visitor.get(path), visitor.get(path.partition("?")[0])
    assert (drawn.status_code, drawn.headers["Content-Type"]) == (200, "image/svg+xml")
    assert ">Ours<" in drawn.text
    assert ">Ours<" not in plain.text
    assert drawn.headers["Cache-Control"] == plain.headers["Cache-Control"]
    assert survivor.get(path).text == plain.text


def test_a_private_thing_is_gone_from_the_files_and_from_nginx(
    visitor: httpx.Client, ops: httpx.Client, opened: Callable[[str], str], set_up: SetUp
) -> None:
    title = f"Secret {secrets.token_hex(4)}"
    incident = opened(title)
    eventually(lambda: title in visitor.get("/").text, within=20)
    answer = ops.patch(f"/api/v1/status/incidents/{incident}", json={"is_public": False})
    assert answer.status_code == 200, answer.text
    eventually(lambda: title not in visitor.get("/").text, within=20)
    eventually(lambda: not (set_up.files / "incidents" / incident).exists(), within=20)
    eventually(lambda: visitor.get(f"/incidents/{incident}/").status_code == 404, within=20)
    outputs = ("/history.atom", "/feed.json", "/history.ics", "/services/api.ics", "/embed.js", "/sitemap.xml")
    eventually(lambda: not any(title in (told := visitor.get(p).text) or incident in told for p in outputs), within=20)


def test_the_document_of_one_incident_is_the_apps_as_long_as_it_lives(
    visitor: httpx.Client, survivor: httpx.Client, opened: Callable[[str], str], set_up: SetUp
) -> None:
    path = f"/api/v2/incidents/{opened('Flood')}.json"
    eventually(lambda: visitor.get(path).status_code == 200, within=20)
    eventually((set_up.files / path.lstrip("/")).exists, within=20)
    living, dead = visitor.get(path), survivor.get(path)
    assert ("Last-Modified" in living.headers, "Last-Modified" in dead.headers) == (False, True)
    assert [dead.headers.get(name) for name in HEADERS_OF_PAGES] == [
        living.headers.get(name) for name in HEADERS_OF_PAGES
    ]
    assert dead.json()["incident"] == living.json()["incident"]


def test_the_api_goes_through_and_never_to_a_file(visitor: httpx.Client, set_up: SetUp) -> None:
    stray = set_up.files / "api" / "v1" / "status" / "incidents"
    stray.parent.mkdir(parents=True)
    stray.write_text("a file")
    try:
        answer = visitor.get("/api/v1/status/incidents")
        assert answer.headers["Content-Type"] == "application/json"
        assert "X-Request-ID" in answer.headers
    finally:
        stray.unlink()


def test_the_admin_goes_through(visitor: httpx.Client) -> None:
    assert "csrftoken" in visitor.get("/admin/login/").headers.get("Set-Cookie", "")


@pytest.mark.parametrize(
    "path",
    [
        "/.statussite",
        "/.git/config",
        "/index.html",
        "/index.html.gz",
        "/history/index.html",
        "/index.html.br",
        "/nope/",
    ],
)
def test_what_no_page_links_to_is_not_found(path: str, visitor: httpx.Client) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_path_without_its_slash_is_sent_on(visitor: httpx.Client) -> None:
    answer = visitor.get("/history")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/history/")


@pytest.mark.parametrize("path", ["/api/v1/status/incidents", "/status/v1/_admin/incidents"])
def test_a_body_that_is_too_large_is_refused_as_a_problem(path: str, visitor: httpx.Client) -> None:
    answer = visitor.post(path, content=b"x" * 1_100_000)
    assert answer.status_code == 413
    assert answer.json()["status"] == 413


def test_the_app_hears_the_address_that_nginx_saw(tmp_path: Path, set_up: SetUp) -> None:
    heard: list[str | None] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers["X-Forwarded-For"])
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Listener) as app:
        threading.Thread(target=app.handle_request, daemon=True).start()
        with nginx(tmp_path, files=set_up.files, app_at=app.server_port) as front, front.client() as client:
            client.get("/api/v1/", headers={"X-Forwarded-For": "203.0.113.9"})
    assert heard == ["127.0.0.1"]


@pytest.mark.parametrize(
    "path",
    [
        *(f"/{language}subscriptions/manage/{{}}/?x=1" for language in ("", "de/")),
        "/api/v1/status/subscriptions/{}",
        "/hooks/kuma/{}/",
    ],
)
def test_no_token_is_in_the_log(path: str, visitor: httpx.Client, set_up: SetUp) -> None:
    is_hook = path.startswith("/hooks/")
    secret = secrets.token_urlsafe(32) if is_hook else f"1.t5x2ab.{secrets.token_urlsafe(32)}"
    visitor.get(path.format(secret if is_hook else f"abcdefghijkl.{secret}"))
    eventually(lambda: path.partition("{")[0] in set_up.nginx.log.read_text(), within=20)
    assert secret not in set_up.nginx.log.read_text()
    assert "(token)" in set_up.nginx.log.read_text()


def test_an_app_that_does_not_hold_a_document_yet_is_stood_in_for(
    tmp_path: Path, set_up: SetUp, opened: Callable[..., str]
) -> None:
    """One that has started while the database is away."""
    document = f"api/v2/incidents/{opened('Broken')}.json"
    eventually((set_up.files / document).exists, within=20)

    class Away(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Away) as app:
        threading.Thread(target=app.handle_request, daemon=True).start()
        with nginx(tmp_path, files=set_up.files, app_at=app.server_port) as front, front.client() as client:
            assert "incident" in client.get(document).json()


@pytest.fixture(scope="module")
def survivor(set_up: SetUp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Asks an nginx with the same files, whose app is dead."""
    directory = Path(tmp_path_factory.mktemp("survivor"))
    with nginx(directory, files=set_up.files, app_at=server.free_port()) as front, front.client() as client:
        yield client


@pytest.mark.parametrize("path", [*PATHS, "/?utm=x", "/history", "/services/api"])
def test_a_dead_app_takes_no_page_along(path: str, survivor: httpx.Client) -> None:
    eventually(lambda: survivor.get(path).status_code == 200, within=60)  # see above
    answer = survivor.get(path)
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("path", ["/nope/", "/admin/"])
def test_what_only_the_app_can_answer_says_when_to_come_back(path: str, survivor: httpx.Client) -> None:
    answer = survivor.get(path)
    assert answer.status_code == 503
    assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("30", "no-store")
    assert "This page is not available right now" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/api/v1/status/overview", "/status/v1/incidents", "/api/v2/incidents/abcdefghijkl.json", "/api/v2/nope.json"],
)
def test_programs_are_told_so_in_their_form(path: str, survivor: httpx.Client) -> None:
    answer = survivor.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 503
