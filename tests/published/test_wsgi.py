"""What a visitor is answered; every call goes through the checks of wsgiref."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import Incident
from tests.public.conftest import BADGES, CALENDARS, EMBEDDED, FEEDS, SIGNPOSTS, Pages, api, planned, resolved
from tests.public.conftest import pages as public_pages
from tests.published.conftest import DJANGO, Site

__all__ = ["api", "planned", "public_pages", "resolved"]

RARE = ("month", "maintenance_ics", "service_rss", "service_atom", "service_ics")
PAGES = (
    *("home", "incident", "maintenance", "service", "history", "month", "error", "favicon"),
    *(*FEEDS, *CALENDARS, *BADGES, *EMBEDDED, *SIGNPOSTS),
)
DOCUMENTS = ("summary", "status", "components", "incidents", "unresolved", "maintenances", "upcoming", "active", "told")
ROUTES = (*PAGES, *DOCUMENTS)
PER_REQUEST = {"X-Request-ID"}  # Django's middleware alone
FROM_DJANGO = int(DJANGO.split()[0])
ALL = "gzip, br"


@pytest.fixture
def pages(public_pages: Pages, resolved: Incident) -> Pages:
    """With the documents that programs read."""
    documents = {name: reverse(f"statuspage:{name}") for name in DOCUMENTS if name != "told"}
    return {**public_pages, **documents, "told": f"/api/v2/incidents/{resolved.pk}.json"}


@pytest.fixture
def ready(site: Site, pages: Pages) -> Site:
    site.step()
    for route in RARE:  # what is made when it is asked for
        site.ask(pages[route])
    return site


def test_an_answer_is_the_one_that_django_would_give(
    ready: Site, client: Client, pages: Pages, subtests: pytest.Subtests
) -> None:
    for route in ROUTES:
        with subtests.test(route):
            ours, djangos = ready.get(pages[route]), client.get(pages[route])
            assert (ours.status, ours.body) == (djangos.status_code, djangos.content)
            assert {h for h in ours.headers if h[0] != "Vary"} == {
                h for h in djangos.items() if h[0] not in PER_REQUEST
            }
            assert len(ours.headers) == len(dict(ours.headers))


def test_it_may_be_cached_by_everybody_and_sets_no_cookie(ready: Site, pages: Pages, subtests: pytest.Subtests) -> None:
    for route in ROUTES:
        with subtests.test(route):
            answer = ready.get(pages[route], HTTP_COOKIE="sessionid=x", HTTP_ACCEPT_ENCODING=ALL)
            kept = "86400" if route in PAGES else "3600"
            assert {"public", f"stale-if-error={kept}"} <= set(str(answer["Cache-Control"]).split(", "))
            assert answer["Set-Cookie"] is None
            assert answer["Vary"] in (None, "Accept-Encoding")


@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_head_says_the_same_without_the_body(
    ready: Site, pages: Pages, subtests: pytest.Subtests, encoding: str
) -> None:
    for route in ROUTES:
        with subtests.test(route):
            got = ready.get(pages[route], HTTP_ACCEPT_ENCODING=encoding)
            head = ready.get(pages[route], "HEAD", HTTP_ACCEPT_ENCODING=encoding)
            assert (head.status, head.headers, head.body) == (200, got.headers, b"")
            assert got["Content-Length"] == str(len(got.body))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unchanged_page_is_not_sent_again(
    ready: Site, client: Client, pages: Pages, subtests: pytest.Subtests, method: str
) -> None:
    for route in ROUTES:
        with subtests.test(route):
            full = ready.get(pages[route], HTTP_ACCEPT_ENCODING=ALL)
            again = ready.get(pages[route], method, HTTP_IF_NONE_MATCH=str(full["ETag"]), HTTP_ACCEPT_ENCODING=ALL)
            djangos = client.get(pages[route], headers={"If-None-Match": client.get(pages[route])["ETag"]})
            assert (again.status, again.body, again["ETag"]) == (304, b"", full["ETag"])
            names = {name for name, _ in again.headers} - {"Vary"}
            assert names >= {name for name, _ in djangos.items()} - PER_REQUEST - {"Content-Length"}
            assert not names & {"Content-Type", "Content-Length", "Content-Encoding"}


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_long_page_comes_compressed_for_who_takes_it(ready: Site, encoding: str) -> None:
    plain, small = ready.get("/"), ready.get("/", HTTP_ACCEPT_ENCODING=encoding)
    assert (plain["Content-Encoding"], small["Content-Encoding"]) == (None, encoding)
    assert len(small.body) < len(plain.body) / 2
    assert plain["Vary"] == small["Vary"] == "Accept-Encoding"
    assert plain["ETag"] != small["ETag"]


@pytest.mark.parametrize("query", ["x=1", "utm_source=%00", "a" * 4000])
def test_a_query_string_makes_no_difference(ready: Site, query: str) -> None:
    held = len(ready.store.entries)
    assert ready.get("/", QUERY_STRING=query).body == ready.get("/").body
    assert (len(ready.store.entries), ready.step()) == (held, [])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_djangos(ready: Site, method: str) -> None:
    assert ready.get("/", method).status == FROM_DJANGO


@pytest.mark.parametrize("path", ["/admin/", "/api/v1/status", "/livez", "/wp-login.php", "/incidents", "//", "/é"])
def test_what_is_no_page_is_djangos(ready: Site, path: str) -> None:
    assert ready.get(path.encode().decode("latin-1")).status == FROM_DJANGO


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:x", "[", "a b", "@"])
def test_what_is_asked_of_another_host_is_djangos_to_refuse(ready: Site, host: str) -> None:
    assert ready.get("/", HTTP_HOST=host).status == FROM_DJANGO


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "LOCALHOST", "localhost."])
def test_every_allowed_host_is_answered(ready: Site, host: str) -> None:
    assert ready.get("/", HTTP_HOST=host).status == 200


def test_a_client_without_a_host_is_answered(ready: Site) -> None:
    assert ready.get("/", HTTP_HOST="", SERVER_NAME="127.0.0.1").status == 200


def test_the_root_may_come_without_its_slash(ready: Site) -> None:
    assert ready.get("").body == ready.get("/").body


def test_an_unknown_page_is_not_found_without_the_database(
    ready: Site, django_assert_num_queries: Callable[..., object]
) -> None:
    held = len(ready.store.entries)
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        answers = [ready.get(f"/incidents/{n:012}/") for n in range(50)]
    assert {answer.status for answer in answers} == {404}
    assert answers[0]["Cache-Control"] == "no-store"
    assert len(ready.store.entries) == held


def test_a_ready_page_needs_no_database(
    ready: Site, pages: Pages, django_assert_num_queries: Callable[..., object]
) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        assert {ready.get(pages[route]).status for route in ROUTES} == {200}


def test_a_private_incident_looks_like_one_that_never_was(ready: Site, incident: Callable[..., Incident]) -> None:
    hidden = incident(is_public=False)
    ready.step()
    theirs, nobodys = ready.get(f"/incidents/{hidden.pk}/"), ready.get("/incidents/abcdefghijkl/")
    assert (theirs.status, theirs.headers, theirs.body) == (404, nobodys.headers, nobodys.body)


def test_a_program_is_told_in_its_form_that_there_is_nothing(
    ready: Site, django_assert_num_queries: Callable[..., object]
) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        answer = ready.get("/api/v2/incidents/abcdefghijkl.json")
    assert (answer.status, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer["Cache-Control"] == "no-store"
    told = json.loads(answer.body)
    assert (told["status"], told["code"]) == (404, 61190004)
    assert "request_id" not in told


def test_a_program_may_read_documents_from_any_origin_even_those_it_holds(ready: Site) -> None:
    answer = ready.get("/api/v2/summary.json")
    again = ready.get("/api/v2/summary.json", HTTP_IF_NONE_MATCH=str(answer["ETag"]))
    assert (answer.status, again.status) == (200, 304)
    assert answer["Access-Control-Allow-Origin"] == again["Access-Control-Allow-Origin"] == "*"


def test_a_program_without_a_document_is_told_when_to_come_back(site: Site) -> None:
    answer = site.get("/api/v2/summary.json")
    assert (answer.status, answer["Retry-After"], answer["Content-Type"]) == (503, "30", "application/problem+json")
    assert json.loads(answer.body)["status"] == 503
