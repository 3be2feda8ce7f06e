"""Published pages: each language has its own bytes, after those of the page's own."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from incidents.models import Actor, Incident, MaintenanceWindow, Service
from incidents.published import rendering
from incidents.published.export import Export, publish
from incidents.published.folder import Folder, name_of
from incidents.published.index import Index
from incidents.published.watch import Watch
from tests.export.conftest import out, watch, young
from tests.export.test_watch import step_to_the_end
from tests.languages.conftest import FOR_PEOPLE, OTHERS, placed
from tests.public.conftest import Pages
from tests.published.conftest import Site, site, store

__all__ = ["out", "site", "store", "watch", "young"]

PUBLISHED = [route for route in FOR_PEOPLE if route != "subscribe"]
HOMES = ["/", *(f"/{language}/" for language in OTHERS)]


@pytest.mark.parametrize("language", OTHERS)
def test_every_page_is_answered_from_its_bytes_in_every_language(site: Site, pages: Pages, language: str) -> None:
    site.step()
    for route in PUBLISHED:
        answer = site.ask(placed(pages, route, language))
        assert answer.status == 200, route
        assert f'<html lang="{language}">'.encode() in answer.body, route
        assert answer["Vary"] in (None, "Accept-Encoding")


def test_home_is_made_first_in_the_page_s_own_language_then_in_the_others(
    site: Site, resolved: Incident, ops: Actor
) -> None:
    site.step()
    resolved.edit(by=ops, title="Other")
    made = site.step()
    assert made[0] == "/"
    assert [path for path in made if path in HOMES] == HOMES
    assert max(made.index(path) for path in HOMES) < made.index("/robots.txt")


def test_a_change_shows_in_every_language(site: Site, resolved: Incident, ops: Actor) -> None:
    site.step()
    resolved.edit(by=ops, title="Quite another title")
    site.step()
    for path in (*HOMES, *(f"{home}incidents/{resolved.pk}/" for home in HOMES)):
        assert b"Quite another title" in site.get(path).body, path
    assert site.step() == []


def test_what_is_hidden_is_gone_in_every_language(site: Site, resolved: Incident, ops: Actor) -> None:
    site.step()
    for home in HOMES:
        site.ask(f"{home}incidents/{resolved.pk}/")
    resolved.edit(by=ops, is_public=False)
    site.step()
    assert [site.get(f"{home}incidents/{resolved.pk}/").status for home in HOMES] == [404] * len(HOMES)
    assert not any(b"Slow answers" in entry.variants[""].body for entry in site.store.entries.values())


def test_in_other_languages_only_what_most_look_at_is_kept(pages: Pages, now: datetime) -> None:
    index = Index()
    index.reload(now)
    kept = {route for route in FOR_PEOPLE if placed(pages, route, "de") in index.kept()}
    assert kept == {"home", "history", "privacy", "embed", "incident", "maintenance"}


def test_of_the_stories_it_is_the_one_that_was_touched_last(
    incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    old, new = incident(now=now), incident(now=now)
    old.edit(by=ops, title="Touched")
    index = Index()
    index.reload(now)
    kept = [path for path in index.kept() if path.startswith("/de/incidents/")]
    assert kept == [f"/de/incidents/{old.pk}/"]
    assert index.knows(f"/de/incidents/{new.pk}/")


@pytest.mark.parametrize("path", ["/de/incidents/abcdefghijkl/", "/de/services/none/", "/de/history/1999/12/"])
def test_a_made_up_address_costs_nothing_and_is_missing_in_the_language(site: Site, path: str) -> None:
    site.step()
    answer = site.get(path)
    assert answer.status == 404
    assert b'<html lang="de">' in answer.body
    assert site.step() == []


def test_a_page_that_cannot_be_shown_says_so_in_the_language(site: Site) -> None:
    answer = site.get("/fr/privacy/")  # nothing is made yet
    assert answer.status == 503
    assert b'<html lang="fr">' in answer.body


def test_a_page_that_is_old_says_so_in_the_language() -> None:
    for path, words in (("/", b"We cannot renew"), ("/de/", "Wir können diese Seite gerade nicht erneuern".encode())):
        assert words in rendering.dated(path, b"<body><!--stale--></body>", 0)


def test_the_files_have_a_directory_for_each_language(
    out: Path, pages: Pages, planned: MaintenanceWindow, now: datetime
) -> None:
    folder, index = Folder(out), Index()
    export = Export(folder, index, is_relative=True)
    index.reload(now)
    publish(export, index, lambda paths: paths)
    for language in OTHERS:
        home = (out / language / "index.html").read_text()
        assert f'<html lang="{language}">' in home
        assert f'href="maintenance/{planned.pk}/index.html"' in home
        assert 'href="../index.html"' in home
        assert 'href="../history.rss"' in home
        for name in ("404.html", "429.html", "503.html"):
            assert f'lang="{language}"' in (out / language / name).read_text()


def test_a_watch_renews_in_every_language_what_tells_of_a_story(
    watch: Watch, out: Path, api: Service, incident: Callable[..., Incident], ops: Actor
) -> None:
    story = incident(title="Before", levels={api: None})
    step_to_the_end(watch)
    story.edit(by=ops, title="Afterwards")
    watch.step()
    for home in HOMES:
        for page in (home, f"{home}incidents/{story.pk}/", f"{home}services/api/", f"{home}history/"):
            assert "Afterwards" in (out / name_of(page)).read_text(), page
