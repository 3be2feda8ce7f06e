import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone

from incidents.api.errors import CATALOGUE as API
from incidents.api.errors import Failure, Kind
from incidents.api.problem import PROBLEM
from incidents.errors import Conflict, StatusError
from incidents.public.error_pages import CATALOGUE
from tests.public.conftest import words


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
@pytest.mark.django_db
def test_every_kind_of_error_is_explained_with_a_remedy_and_an_example(client: Client, kind: str) -> None:
    page = BeautifulSoup(client.get(f"/errors/{kind}/").content, "html.parser")
    assert [words(part) for part in page.select("main h2")] == ["What it means", "How to fix it", "An example"]
    assert page.select("main li")
    example = json.loads(page.select_one("pre").get_text())  # type: ignore[union-attr]
    assert example["type"] == f"{settings.SITE_URL}/errors/{kind}/"
    assert example["title"] == words(page.h1)


def test_the_catalogue_is_that_of_the_api() -> None:
    pages = [(page.kind, page.code, page.status, str(page.title)) for page in CATALOGUE.values()]
    assert pages == [(kind.type, kind.number, kind.http, kind.title) for kind in API.values()]


def subclasses(kind: type[StatusError]) -> set[type[StatusError]]:
    return {kind}.union(*(subclasses(sub) for sub in kind.__subclasses__()))


@pytest.mark.django_db
def test_each_kind_of_conflict_is_told_apart(client: Client) -> None:
    page = BeautifulSoup(client.get("/errors/conflict/").content, "html.parser")
    told = {words(term) for term in page.select("dt")}
    of_the_contract = {
        "invalid_transition",
        "idempotency_mismatch",
        "idempotency_in_progress",
        "duplicate_subscription",
        "stale_version",
    }
    assert told >= of_the_contract | {kind.key for kind in subclasses(Conflict)}
    assert len(page.select("dd")) == len(told)


@pytest.mark.parametrize("kind", API.values(), ids=lambda kind: kind.type)
@pytest.mark.django_db
def test_the_type_of_every_problem_leads_to_its_page(client: Client, kind: Kind) -> None:
    failure = Failure(kind, kind.http, "", kind.i18n_key)
    problem = PROBLEM.error(RequestFactory().get("/"), failure, kind.http, [], timezone.now())
    assert client.get(problem["type"].removeprefix(settings.SITE_URL)).status_code == 200


def test_the_numbers_are_those_of_the_catalogue() -> None:
    assert [entry.code for entry in CATALOGUE.values()] == list(range(61190001, 61190011))


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
def test_a_failure_page_needs_no_database_and_no_request(status: int) -> None:
    page = BeautifulSoup(render_to_string(f"{status}.html"), "html.parser")
    assert words(page.select_one(".number")) == str(status)
    assert page.select(".failure a[href='/']")


def test_every_tone_that_the_pages_name_is_in_the_style_sheet() -> None:
    css = (Path(settings.BASE_DIR) / "static" / "public.css").read_text()
    sprite = render_to_string("public/_icons.svg")
    for tone in ("ok", "degraded", "partial", "major", "maintenance", "none"):
        assert re.search(rf"^\.t-{tone} {{", css, re.MULTILINE)
        assert f'id="i-{tone}"' in sprite
