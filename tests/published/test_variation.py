"""Badges as a query wants them, from the published pages."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident, Service
from incidents.published import variation
from incidents.severity import ServiceStatus
from tests.public.conftest import api
from tests.published.conftest import DJANGO, Site

__all__ = ["api"]

ASKED = ["label=Ours", "style=flat-square", "label=%22%3E%3Cscript%3E&style=flat-square", "style=flat-square&x=1"]


@pytest.fixture
def ready(site: Site, api: Service, frozen: object) -> Site:
    site.step()
    return site


@pytest.mark.parametrize("path", ["/badge.svg", "/badge/api.svg"])
@pytest.mark.parametrize("query", ASKED)
def test_it_is_the_one_that_django_would_draw(ready: Site, client: Client, path: str, query: str) -> None:
    ours, djangos = ready.get(path, QUERY_STRING=query), client.get(f"{path}?{query}")
    assert ours.body == djangos.content != ready.get(path).body
    assert {h for h in ours.headers if h[0] not in ("Vary", "ETag")} == {
        h for h in djangos.items() if h[0] not in ("X-Request-ID", "ETag")
    }


def test_it_costs_no_query_and_is_not_held(ready: Site) -> None:
    held = set(ready.store.entries)
    with CaptureQueriesContext(connection) as captured:
        answers = {ready.get("/badge/api.svg", QUERY_STRING=f"label={n}").body for n in range(50)}
    assert (len(answers), len(captured)) == (50, 0)
    assert set(ready.store.entries) == held
    assert variation._drawn.cache_info().maxsize == variation.MOST_HELD


def test_each_form_has_its_own_etag(ready: Site) -> None:
    plain, ours = ready.get("/badge/api.svg"), ready.get("/badge/api.svg", QUERY_STRING="label=Ours")
    assert plain["ETag"] != ours["ETag"]
    known = {"QUERY_STRING": "label=Ours", "HTTP_IF_NONE_MATCH": str(ours["ETag"])}
    assert ready.get("/badge/api.svg", **known).status == 304
    assert ready.get("/badge/api.svg", HTTP_IF_NONE_MATCH=str(ours["ETag"])).status == 200


def test_it_shows_a_change_as_soon_as_the_plain_one(
    ready: Site, api: Service, incident: Callable[..., Incident]
) -> None:
    incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
    ready.step()
    picture = ElementTree.fromstring(ready.get("/badge/api.svg", QUERY_STRING="label=Ours").body)
    assert picture.findtext("{*}title") == "Ours: major outage"


@pytest.mark.parametrize("path", ["/", "/badge.json", "/history.rss", "/favicon.svg"])
def test_no_other_page_has_another_form(ready: Site, path: str) -> None:
    assert ready.get(path, QUERY_STRING="label=Ours&style=flat-square").body == ready.get(path).body


def test_what_is_no_badge_has_none(ready: Site, service: Callable[..., Service]) -> None:
    service("vault", is_public=False)
    ready.step()
    assert ready.get("/badge/vault.svg", QUERY_STRING="label=x").status == 404
    assert ready.get("/badge/a/b.svg", QUERY_STRING="label=x").status in (404, int(DJANGO.split()[0]))
