"""What is made when, what is held, and what goes: one step at a time."""

import json
import logging
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from incidents.models import Actor, Event, Incident, MaintenanceWindow, Revision, Service
from incidents.published import follower, publisher, rendering
from incidents.published.index import FIXED
from incidents.published.store import Store
from statussite import languages
from tests.public.conftest import api, resolved
from tests.published.conftest import Site, page

__all__ = ["api", "resolved"]

type Traveller = Any  # of time_machine


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Takes the database away."""

    def refuse(*_: object) -> Revision:
        raise OperationalError("the database is away")

    return lambda: monkeypatch.setattr(Revision, "current", refuse)


def shown(site: Site, path: str = "/") -> str:
    return site.get(path).body.decode()


# Making


def test_the_first_step_makes_everything_that_is_kept(site: Site, resolved: Incident) -> None:
    made = site.step()
    assert made[0] == "/"
    assert {"/", "/history/", "/history.rss", "/services/api/", f"/incidents/{resolved.pk}/"} <= set(made)
    assert len(made) == len(set(made))
    assert "Slow answers" in shown(site)


def test_where_nothing_happens_nothing_is_made(site: Site) -> None:
    site.step()
    assert site.step() == []


def test_after_a_change_each_page_is_made_once(site: Site, resolved: Incident, ops: Actor) -> None:
    before = site.step()
    resolved.edit(by=ops, title="Very slow answers")
    assert sorted(site.step()) == sorted(before)
    assert site.step() == []
    assert "Very slow answers" in shown(site)


def test_a_change_that_the_public_does_not_see_makes_nothing(site: Site, incident: Callable[..., Incident]) -> None:
    site.step()
    incident(is_public=False)
    assert site.step() == []


def test_a_new_story_has_its_page_at_once(site: Site, incident: Callable[..., Incident]) -> None:
    site.step()
    story = incident(title="Brand new")
    site.step()
    assert "Brand new" in shown(site, f"/incidents/{story.pk}/")


def test_a_rare_page_is_made_when_somebody_asks_and_then_held(site: Site) -> None:
    path = "/history/2020/02/"
    assert path not in site.step()
    assert site.ask(path).status == 200
    assert site.rendered == [path]
    assert site.ask(path).status == 200
    assert site.rendered == []


def test_a_rare_page_is_not_made_again_before_somebody_asks(site: Site, resolved: Incident, ops: Actor) -> None:
    site.step()
    site.ask("/history/2020/02/")
    resolved.edit(by=ops, title="Other")
    assert "/history/2020/02/" not in site.step()
    site.ask("/history/2020/02/")
    assert site.rendered == ["/history/2020/02/"]


def test_what_somebody_waits_for_comes_first(site: Site, resolved: Incident, ops: Actor) -> None:
    site.step()
    resolved.edit(by=ops, title="Other")
    site.store.outdate(Revision.current().number)
    site.get("/robots.txt")
    assert site.step()[0] == "/robots.txt"


def fixed() -> set[str]:
    """In every language."""
    found: set[str] = set()
    for language in languages.every():
        with languages.written_in(language):
            found |= {reverse(name) for name in FIXED}
    return found


def test_time_moves_too(site: Site, frozen: Traveller) -> None:
    site.step()
    frozen.shift(publisher.RENEW_AFTER - 1)
    assert site.step() == []
    frozen.shift(2)
    assert set(site.step()) == fixed()


def test_time_moves_what_few_look_at_when_somebody_looks(site: Site, frozen: Traveller) -> None:
    site.step()
    frozen.shift(publisher.RENEW_AFTER + 11)
    site.step()
    site.ask("/errors/conflict/")
    assert site.rendered == ["/errors/conflict/"]


def test_no_fork_happens_in_the_middle_of_a_render(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []
    monkeypatch.setattr(rendering, "render", lambda path, revision: held.append(site.publisher._still.locked()))
    site.step()
    assert held
    assert all(held)
    assert not site.publisher._still.locked()


def test_the_index_moves_with_the_time(site: Site, frozen: Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    site.step()
    assert site.ask("/history/2026/12/").status == 404
    frozen.shift(timedelta(days=10))
    monkeypatch.setattr(follower, "MOVE_EVERY", -1)
    site.step()
    assert site.ask("/history/2026/12/").status == 200


def test_an_old_rare_page_is_made_anew_for_who_asks(site: Site, frozen: Traveller) -> None:
    site.step()
    site.ask("/history/2020/02/")
    frozen.shift(61)
    site.step()
    site.ask("/history/2020/02/")
    assert site.rendered == ["/history/2020/02/"]


# Taking back


def test_what_is_hidden_goes_from_every_page_at_once(
    site: Site, resolved: Incident, ops: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Already when only the first of them has been made anew; and it stays so if nothing can be made at all."""
    site.step()
    site.ask("/history/2026/11/")
    assert "Slow answers" in shown(site, "/history/2026/11/")
    resolved.edit(by=ops, is_public=False)
    monkeypatch.setattr(publisher.Publisher, "_next_due", lambda _: None)
    site.step()
    paths = ["/", "/history/", "/history.rss", "/history/2026/11/", "/services/api/", f"/incidents/{resolved.pk}/"]
    assert [path for path in paths if "Slow answers" in shown(site, path)] == []
    assert site.store.entries == {}


def test_what_is_hidden_is_not_found(site: Site, resolved: Incident, ops: Actor) -> None:
    site.step()
    resolved.edit(by=ops, is_public=False)
    site.step()
    assert site.get(f"/incidents/{resolved.pk}/").status == 404
    assert site.get("/").status == 200


def test_what_is_deleted_is_not_found(site: Site, resolved: Incident, ops: Actor) -> None:
    site.step()
    resolved.remove(by=ops)
    site.step()
    assert site.get(f"/incidents/{resolved.pk}/").status == 404
    assert "Slow answers" not in shown(site)


def test_a_hidden_service_goes_from_every_page(site: Site, api: Service, resolved: Incident, ops: Actor) -> None:
    site.step()
    api.change(by=ops, is_public=False)
    site.step()
    assert site.get("/services/api/").status == 404
    assert [path for path in site.store.entries if "/services/api/" in shown(site, path)] == []


def test_what_is_hidden_leaves_the_disk_at_once(
    site: Site, resolved: Incident, ops: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.step()
    assert b"Slow answers" in site.store._file.read_bytes()
    resolved.edit(by=ops, is_public=False)
    monkeypatch.setattr(publisher.Publisher, "_make", lambda *_: pytest.fail("it was still there"))
    monkeypatch.setattr(publisher.Publisher, "_next_due", lambda _: None)
    site.step()
    assert not site.store._file.exists()


def test_afterwards_the_disk_holds_the_rest(site: Site, resolved: Incident, ops: Actor) -> None:
    site.step()
    resolved.edit(by=ops, is_public=False)
    site.step()
    assert b"Slow answers" not in site.store._file.read_bytes()
    restarted = Store(site.store._file, "ours")
    assert restarted.load()
    assert "/" in restarted.entries


def test_what_was_hidden_while_no_process_ran_is_not_shown_after_a_start(
    site: Site, store: Store, resolved: Incident, ops: Actor
) -> None:
    store.hold("/", page(b"Slow answers", revision=Revision.current().number))
    store.hold(f"/incidents/{resolved.pk}/", page(b"Slow answers", revision=Revision.current().number))
    resolved.edit(by=ops, is_public=False)
    site.step()
    assert "Slow answers" not in shown(site)
    assert site.get(f"/incidents/{resolved.pk}/").status == 404


def test_what_the_disk_held_is_taken_over_where_nothing_has_changed(site: Site, resolved: Incident) -> None:
    site.step()
    site.restart()
    assert site.step() == []
    assert "Slow answers" in shown(site)


def test_a_restored_database_is_read_anew(site: Site, resolved: Incident) -> None:
    """Its numbers begin again, and say nothing about what is known."""
    site.step()
    Incident.objects.filter(pk=resolved.pk).update(is_public=False)
    Event.objects.all().delete()
    Revision.objects.update(number=1)
    site.step()
    assert site.get(f"/incidents/{resolved.pk}/").status == 404
    assert "Slow answers" not in shown(site)


@pytest.mark.parametrize("many", [0, 1000])
def test_missing_or_many_events_are_no_reason_to_miss_one(
    site: Site, resolved: Incident, ops: Actor, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(follower, "MANY_EVENTS", many)
    site.step()
    resolved.edit(by=ops, is_public=False)
    if many:
        Event.objects.all().delete()
    site.step()
    assert site.get(f"/incidents/{resolved.pk}/").status == 404
    assert "Slow answers" not in shown(site)


# Failing


def test_a_page_that_cannot_be_made_does_not_stop_the_others(
    site: Site, resolved: Incident, ops: Actor, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    site.step()
    broken, render = f"/incidents/{resolved.pk}/", rendering.render

    def fail(path: str, revision: int) -> Any:
        return 1 / 0 if path == broken else render(path, revision)

    monkeypatch.setattr(rendering, "render", fail)
    resolved.edit(by=ops, title="Very slow answers")
    made = site.step()
    assert "Very slow answers" in shown(site)
    assert "/errors/conflict/" in made
    assert site.get(broken).status == 200  # as it was
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR] == [
        f"A public page could not be rendered: {broken}"
    ]


def test_a_page_that_cannot_be_made_is_not_tried_again_at_once(
    site: Site, resolved: Incident, ops: Actor, monkeypatch: pytest.MonkeyPatch, frozen: Traveller
) -> None:
    tried: list[str] = []

    def fail(path: str, revision: int) -> Any:
        tried.append(path)
        raise RuntimeError

    monkeypatch.setattr(rendering, "render", fail)
    site.step()
    first = list(tried)
    assert len(first) == len(set(first)) > 5
    assert site.ask("/").status == 503
    assert tried == first
    resolved.edit(by=ops, title="Other")
    site.step()
    assert len(tried) == 2 * len(first)


def test_a_page_whose_query_fails_does_not_stop_the_others_for_long(
    site: Site, resolved: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = rendering.render

    def fail(path: str, revision: int) -> Any:
        if path == "/history/":
            raise OperationalError("canceling statement")
        return render(path, revision)

    monkeypatch.setattr(rendering, "render", fail)
    site.step()
    site.step()
    assert {path for path in site.store.kept if path not in site.store.entries} == {"/history/"}


def test_pages_stay_when_the_database_goes(site: Site, resolved: Incident, away: Callable[[], None]) -> None:
    site.step()
    before = shown(site)
    away()
    site.step()
    assert (site.get("/").status, shown(site)) == (200, before)


def test_their_age_is_told(
    site: Site, resolved: Incident, away: Callable[[], None], monkeypatch: pytest.MonkeyPatch, frozen: Traveller
) -> None:
    site.step()
    assert site.get("/")["Age"] is None
    away()
    frozen.shift(30)
    site.step()
    monkeypatch.setattr(Store, "unconfirmed_for", 30)
    assert (site.get("/")["Age"], site.get("/")["X-Snapshot-Age"]) == ("30", "30")
    assert "We cannot renew this page" not in shown(site)


def test_after_two_minutes_the_page_itself_tells_it(
    site: Site, resolved: Incident, away: Callable[[], None], frozen: Traveller
) -> None:
    site.step()
    etag = str(site.get("/")["ETag"])
    away()
    frozen.shift(121)
    site.step()
    assert "We cannot renew this page" in shown(site)
    assert "12:00\xa0UTC" in shown(site).split("We cannot renew this page")[1].split("</p>")[0]
    assert (site.get("/")["Age"], site.get("/")["X-Snapshot-Age"]) == ("121", "121")
    assert site.get("/", HTTP_IF_NONE_MATCH=etag).status == 200
    assert "We cannot renew this page" not in shown(site, "/history.rss")


def test_programs_are_told_it_too(site: Site, resolved: Incident, away: Callable[[], None], frozen: Traveller) -> None:
    site.step()
    before = json.loads(shown(site, "/api/v2/summary.json"))
    away()
    for _ in range(2):
        frozen.shift(121)
        site.step()
    now = json.loads(shown(site, "/api/v2/summary.json"))
    assert now["page"].pop("generated_at") == "2026-11-21T12:00:00.000Z"
    assert now == before


def test_after_a_while_it_is_as_before(
    site: Site, resolved: Incident, frozen: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.step()
    with monkeypatch.context() as outage:
        outage.setattr(Revision, "current", lambda: 1 / 0)
        frozen.shift(121)
        site.step()
    site.step()
    assert "We cannot renew this page" not in shown(site)
    assert site.get("/")["Age"] is None


def test_while_the_database_is_away_what_is_not_held_is_unavailable(
    site: Site, resolved: Incident, away: Callable[[], None]
) -> None:
    away()
    site.step()
    answer = site.get("/")
    assert (answer.status, answer["Retry-After"], answer["Cache-Control"], answer["Age"]) == (
        503,
        "30",
        "no-store",
        None,
    )
    assert answer["Set-Cookie"] is None


def test_an_outage_is_logged_once(site: Site, away: Callable[[], None], caplog: pytest.LogCaptureFixture) -> None:
    site.step()
    away()
    for _ in range(3):
        site.step()
    assert [r.message for r in caplog.records] == ["Public pages stay as they are: the database is away."]


def test_a_full_disk_changes_nothing_for_visitors(
    site: Site, resolved: Incident, ops: Actor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site.step()
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        resolved.edit(by=ops, title="Very slow answers")
        site.step()
        site.step()
    assert "Very slow answers" in shown(site)
    assert len(caplog.records) == 1
    site.publisher._save_from = 0
    site.step()
    assert b"Very slow answers" in site.store._file.read_bytes()


def test_the_disk_is_written_even_while_there_is_always_something_to_render(
    site: Site, resolved: Incident, ops: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.step()
    resolved.edit(by=ops, title="Very slow answers")
    monkeypatch.setattr(publisher, "SAVED_EVERY", -1)
    rendered: list[int] = []

    def save(_: Store) -> bool:
        rendered.append(len(site.rendered))
        return True

    monkeypatch.setattr(Store, "save", save)
    made = site.step()
    assert rendered[0] < len(made)


def test_what_time_alone_has_changed_is_written_once_in_a_while(site: Site, frozen: Traveller) -> None:
    site.step()
    written = site.store._file.stat().st_mtime_ns
    site.store.forget(["/"])
    site.step()
    assert site.store._file.stat().st_mtime_ns == written


def test_maintenance_begins_on_the_page_when_it_begins(
    site: Site, window: Callable[..., MaintenanceWindow], api: Service, ops: Actor, frozen: Traveller
) -> None:
    now = timezone.now()
    start = now + timedelta(minutes=5)
    planned = window(scheduled_start_at=start, scheduled_end_at=start + timedelta(hours=1), services=[api], now=now)
    site.step()
    frozen.shift(timedelta(minutes=5, seconds=1))
    planned.advance(ops, start)
    site.step()
    assert "in progress" in shown(site).lower()


def test_who_writes_here_need_not_wait_for_the_next_look(
    site: Site, incident: Callable[..., Incident], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "LOOK_EVERY", 3600)
    site.step()
    incident(title="Just written")
    assert site.step() == []
    site.get("/api/v1/status/incidents", "POST")
    assert reverse("public:home") in site.step()
