"""`publish --watch`: the files follow what happens."""

import os
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
import time_machine
from django.db import OperationalError

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Revision, Service
from incidents.published import rendering
from incidents.published.export import Export
from incidents.published.folder import MARK, Folder
from incidents.published.index import Index
from incidents.published.watch import Watch

pytestmark = pytest.mark.usefixtures("frozen")

type Away = Callable[[], None]


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were made, in their order."""
    made: list[str] = []
    real = rendering.body

    def body(path: str) -> bytes | None:
        made.append(path)
        return real(path)

    monkeypatch.setattr(rendering, "body", body)
    return made


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Away:
    """Takes the database away."""

    def fail() -> Revision:
        raise OperationalError("away")

    def take() -> None:
        monkeypatch.setattr(Revision, "current", fail)
        monkeypatch.setattr("incidents.published.watch.connections.close_all", lambda: None)

    return take


def step_to_the_end(watch: Watch) -> None:
    watch.step()
    while watch._late:
        watch.step()


def text(out: Path) -> str:
    return "".join(file.read_text() for file in out.rglob("*.html"))


def age(out: Path, seconds: float) -> None:
    at = time.time() - seconds
    os.utime(out / MARK, (at, at))


def test_the_first_look_writes_what_matters_most_and_the_rest_follows(
    watch: Watch, out: Path, long_ago: list[Incident], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.published.watch.SLICE", 0)
    watch.step()
    assert (out / "index.html").exists()
    assert not (out / "incidents" / long_ago[0].pk / "index.html").exists()
    monkeypatch.undo()
    step_to_the_end(watch)
    assert all((out / "incidents" / story.pk / "index.html").exists() for story in long_ago)


def test_nothing_is_made_while_nothing_happens(watch: Watch, api: Service, rendered: list[str]) -> None:
    step_to_the_end(watch)
    rendered.clear()
    for _ in range(3):
        watch.step()
    assert rendered == []


def test_a_change_is_there_after_one_look(
    watch: Watch, out: Path, api: Service, incident: Callable[..., Incident], ops: Actor
) -> None:
    step_to_the_end(watch)
    story = incident(title="It burns", levels={api: None})
    watch.step()
    assert "It burns" in (out / "index.html").read_text()
    story.post_update(by=ops, status=IncidentStatus.IDENTIFIED, message="A cable.")
    watch.step()
    assert "A cable." in (out / "incidents" / story.pk / "index.html").read_text()
    assert "It burns" in (out / "services" / "api" / "index.html").read_text()


def test_a_change_does_not_make_old_months_again(
    watch: Watch, long_ago: list[Incident], incident: Callable[..., Incident], rendered: list[str]
) -> None:
    step_to_the_end(watch)
    rendered.clear()
    incident(title="It burns")
    watch.step()
    old = {f"/incidents/{story.pk}/" for story in long_ago[:2]} | {"/history/2026/03/", "/history/2026/07/"}
    assert old & set(rendered) == set()


def test_a_change_of_an_old_story_reaches_its_month_and_its_neighbours(
    watch: Watch, out: Path, long_ago: list[Incident], ops: Actor
) -> None:
    step_to_the_end(watch)
    long_ago[1].edit(by=ops, title="Another name")
    watch.step()
    assert "Old story 2" not in text(out)
    assert text(out).count("Another name") >= 4


def test_what_becomes_private_is_gone_after_one_look(
    watch: Watch, out: Path, long_ago: list[Incident], ops: Actor
) -> None:
    step_to_the_end(watch)
    long_ago[1].edit(by=ops, is_public=False)
    watch.step()
    assert not (out / "incidents" / long_ago[1].pk).exists()
    assert "Old story 2" not in text(out)
    assert long_ago[1].pk not in text(out)


def test_what_becomes_private_is_gone_even_if_the_database_goes_too(
    watch: Watch, out: Path, long_ago: list[Incident], ops: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    step_to_the_end(watch)
    long_ago[1].edit(by=ops, is_public=False)
    with monkeypatch.context() as patch:
        patch.setattr(rendering, "body", Mock(side_effect=OperationalError("away")))
        patch.setattr("incidents.published.watch.connections.close_all", lambda: None)
        watch.step()
    assert long_ago[1].pk not in text(out)
    step_to_the_end(watch)
    assert "Old story 1" in text(out)
    assert long_ago[1].pk not in text(out)


def test_what_became_private_while_nobody_watched_is_gone_after_one_look(
    watch: Watch, out: Path, long_ago: list[Incident], ops: Actor
) -> None:
    step_to_the_end(watch)
    long_ago[1].edit(by=ops, is_public=False)
    another = Index()
    Watch(Export(Folder(out), another, is_relative=False), Folder(out), another).step()
    assert long_ago[1].pk not in text(out)


def test_what_no_visitor_sees_makes_no_old_page_again(watch: Watch, ops: Actor) -> None:
    step_to_the_end(watch)
    Service.add(by=ops, slug="inner", name="Inner", is_public=False)
    watch.step()
    assert not watch._late


def test_what_was_public_only_between_two_looks_stays_on_no_page_made_meanwhile(
    watch: Watch, out: Path, api: Service, incident: Callable[..., Incident], ops: Actor
) -> None:
    step_to_the_end(watch)
    story = incident(title="It burns", levels={api: None})
    for path in ("/", "/de/", "/services/api/", "/services/api.rss", "/services/api.ics"):
        assert "It burns" in watch._export.make(path)
    story.edit(by=ops, is_public=False)
    watch.step()
    files = [file for file in out.rglob("*") if file.suffix in (".html", ".rss", ".ics")]
    assert not [file for file in files if story.pk in file.read_text() or "It burns" in file.read_text()]


def test_a_change_reaches_the_feeds_of_its_services(
    watch: Watch, out: Path, long_ago: list[Incident], ops: Actor
) -> None:
    step_to_the_end(watch)
    long_ago[0].edit(by=ops, title="New title")
    watch.step()
    feeds = [out / "services" / f"api.{form}" for form in ("rss", "atom", "ics")]
    assert ["New title" in feed.read_text() for feed in feeds] == [True] * 3
    long_ago[0].edit(by=ops, is_public=False)
    watch.step()
    assert ["New title" in feed.read_text() for feed in feeds] == [False] * 3


def test_the_calendar_of_a_window_goes_with_it(
    watch: Watch, out: Path, window: Callable[..., MaintenanceWindow], ops: Actor, now: datetime
) -> None:
    day = timedelta(days=1)
    planned = window(scheduled_start_at=now + day, scheduled_end_at=now + 2 * day)
    watch.step()
    assert planned.title in (out / "maintenance" / f"{planned.pk}.ics").read_text()
    planned.edit(by=ops, is_public=False)
    watch.step()
    assert not (out / "maintenance" / f"{planned.pk}.ics").exists()
    assert planned.title not in (out / "maintenance.ics").read_text()


def test_what_is_deleted_is_gone_after_one_look(watch: Watch, out: Path, long_ago: list[Incident], ops: Actor) -> None:
    step_to_the_end(watch)
    long_ago[2].remove(by=ops)
    watch.step()
    assert "Old story 3" not in text(out)


def test_a_service_that_becomes_private_is_named_nowhere_after_one_look(
    watch: Watch, out: Path, long_ago: list[Incident], ops: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    step_to_the_end(watch)
    assert "/services/api/" in (out / "incidents" / long_ago[0].pk / "index.html").read_text()
    Service.objects.get(slug="api").change(by=ops, is_public=False)
    with monkeypatch.context() as patched:
        patched.setattr("incidents.published.watch.SLICE", 0)
        watch.step()
    assert "/services/api/" not in text(out)
    step_to_the_end(watch)
    assert "Old story 1" in (out / "incidents" / long_ago[0].pk / "index.html").read_text()


def test_a_renamed_service_reaches_every_page(
    watch: Watch, out: Path, api: Service, long_ago: list[Incident], ops: Actor
) -> None:
    step_to_the_end(watch)
    api.change(by=ops, name="Interface")
    step_to_the_end(watch)
    assert "Interface" in (out / "incidents" / long_ago[0].pk / "index.html").read_text()
    assert re.findall(r'services/api/[^"]*"[^>]*>API<', text(out)) == []


def test_time_moves_the_files_too(watch: Watch, out: Path, api: Service, frozen: time_machine.Traveller) -> None:
    step_to_the_end(watch)
    frozen.shift(120)
    watch._renewed_at -= 120
    watch.step()
    assert "12:02" in (out / "index.html").read_text()


def test_without_the_database_the_files_stay(watch: Watch, out: Path, api: Service, away: Away) -> None:
    step_to_the_end(watch)
    before = text(out)
    away()
    watch.step()
    assert text(out) == before


def test_after_two_minutes_without_it_they_say_how_old_they_are(
    watch: Watch, out: Path, api: Service, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    step_to_the_end(watch)
    with monkeypatch.context() as patched:
        patched.setattr("incidents.published.watch.connections.close_all", lambda: None)
        away()
        age(out, 121)
        for _ in range(2):
            watch.step()
        assert (out / "index.html").read_text().count("We cannot renew this page") == 1
        assert (out / "api" / "v2" / "summary.json").read_text().count('"generated_at":"2026-') == 1
    monkeypatch.undo()
    watch.step()
    assert "We cannot renew this page" not in text(out)
    assert "generated_at" not in text(out)


def test_a_failure_halfway_begins_anew(
    watch: Watch, out: Path, long_ago: list[Incident], ops: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    step_to_the_end(watch)
    long_ago[1].edit(by=ops, is_public=False)

    def fail(path: str) -> bytes:
        raise OperationalError("away")

    with monkeypatch.context() as patched:
        patched.setattr("incidents.published.watch.connections.close_all", lambda: None)
        patched.setattr(rendering, "body", fail)
        watch.step()
    assert not (out / "incidents" / long_ago[1].pk).exists()
    step_to_the_end(watch)
    assert "Old story 2" not in text(out)
