"""The permalink of a merged incident leads to the other one: in Django, in the bytes before it, and as a file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from incidents.models import Actor, Incident
from incidents.published.export import Export, publish
from incidents.published.folder import Folder
from incidents.published.index import Index
from tests.published.conftest import Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(incident: Callable[..., Incident]) -> tuple[Incident, Incident]:
    return incident(title="Told twice"), incident(title="Told on")


def at(story: Incident) -> str:
    return f"/incidents/{story.pk}/"


def test_django_redirects(client: Client, pair: tuple[Incident, Incident], ops: Actor) -> None:
    old, new = pair
    old.merge_into(new, by=ops)
    answer = client.get(at(old))
    assert (answer.status_code, answer["Location"]) == (301, at(new))


def test_so_do_the_published_pages(site: Site, pair: tuple[Incident, Incident], ops: Actor) -> None:
    old, new = pair
    site.step()
    assert site.get(at(old)).status == 200
    old.merge_into(new, by=ops)
    site.step()
    answer = site.ask(at(old))
    assert (answer.status, answer["Location"]) == (301, at(new))
    assert "Told twice" not in site.get("/").body.decode()


def test_it_is_gone_with_the_one_that_it_leads_to(
    site: Site, client: Client, pair: tuple[Incident, Incident], ops: Actor
) -> None:
    old, new = pair
    old.merge_into(new, by=ops)
    new.edit(by=ops, is_public=False)
    assert client.get(at(old)).status_code == 404
    site.step()
    assert site.get(at(old)).status == 404


def test_as_a_file_it_is_a_page_that_leads_there(tmp_path: Path, pair: tuple[Incident, Incident], ops: Actor) -> None:
    old, new = pair
    old.merge_into(new, by=ops)
    folder, index = Folder(tmp_path / "site"), Index()
    index.reload(old.created_at)
    with folder.claimed():
        publish(Export(folder, index, is_relative=True), index, lambda paths: paths)
    page = (tmp_path / "site" / "incidents" / old.pk / "index.html").read_text()
    assert f"../{new.pk}/index.html" in page
