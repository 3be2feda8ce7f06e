"""Out of one installation and into an empty one: nothing is lost, nothing is added."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client

from incidents.archive.contents import CONTENTS, LEFT_OUT
from incidents.archive.reading import Unreadable, restore
from incidents.archive.writing import lines
from incidents.lifecycle import IncidentStatus
from incidents.models import (
    Actor,
    AlertSource,
    AuditEntry,
    Delivery,
    Event,
    Incident,
    IncidentTemplate,
    MaintenanceSeries,
    MaintenanceWindow,
    Service,
    ServiceGroup,
    Signal,
    Subscription,
)
from incidents.models.alert_source import Mode, Product
from incidents.severity import ServiceStatus, Severity

DRAFT, INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> datetime:
    """To the microsecond."""
    return datetime(2026, 11, 21, 12, 0, 1, 234567, tzinfo=UTC)


@pytest.fixture
def world(
    ops: Actor,
    at: datetime,
    service: Callable[..., Service],
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
) -> None:
    """Something of every kind."""
    core = ServiceGroup.add(by=ops, slug="core", name="Core")
    api = service("api", group_id=core.pk, description="„Ünïcode“ & <b>")
    secret = service("secret", is_public=False)
    _incidents(incident, ops, at, api, secret)
    plan = {"scheduled_start_at": at + HOUR, "scheduled_end_at": at + 2 * HOUR, "now": at}
    window(services=[api, secret], **plan).edit(by=ops, title="Bigger upgrade", now=at)
    levels = IncidentTemplate.stored({api: ServiceStatus.MAJOR_OUTAGE})
    IncidentTemplate.add(by=ops, slug="down", name="Down", title="{{ what }}", severity=Severity.MAJOR, levels=levels)
    series = {"title": "Weekly", "rule": "FREQ=WEEKLY", "first_start_at": at, "minutes": 5, "services": [api.pk]}
    MaintenanceSeries.add(by=ops, now=at, slug="weekly", name="Weekly", **series)
    _alerts(ops, at, service("disk"))


def _incidents(incident: Callable[..., Incident], ops: Actor, at: datetime, api: Service, secret: Service) -> None:
    old = incident(title="Old", levels={api: None, secret: None}, now=at - 30 * HOUR)
    old.post_update(by=ops, status=IDENTIFIED, next_update_at=at - 28 * HOUR, now=at - 29 * HOUR)
    old.updates.earliest("version").correct("Better words.", by=ops, now=at - 28 * HOUR)
    old.post_update(by=ops, status=RESOLVED, notify=False, now=at - 27 * HOUR)
    old.write_postmortem("# Why", published=True, by=ops, now=at - 26 * HOUR)
    again = incident(title="Again", levels={api: ServiceStatus.PARTIAL_OUTAGE}, continues=old, now=at - HOUR)
    incident(title="The same", levels={secret: None}, now=at - HOUR).merge_into(again, by=ops, now=at)
    draft = incident(title="Not yet", status=DRAFT, levels={api: None}, now=at)
    draft.publish_later(at + HOUR, status=IDENTIFIED, by=ops, now=at)
    incident(title="Among us", is_public=False, now=at)


def _alerts(ops: Actor, at: datetime, hit: Service) -> None:
    mapping = [{"when": {"job": "*"}, "service": hit.pk, "level": "major_outage"}]
    given = {"product": Product.GENERIC, "mode": Mode.OPEN, "mapping": mapping, "open_after": 0}
    source = AlertSource.add(by=ops, now=at, slug="watcher", name="Watcher", **given)
    source.issue_token(by=ops, now=at)
    signal = Signal("disk", "Disk", is_firing=True, at=at, summary="Full", labels={"job": "x"})
    source.receive([signal], by=source.actor(), now=at)


@pytest.fixture
def readers(
    world: None, subscription: Callable[..., Subscription], hook: Callable[..., Subscription], api_id: str
) -> None:
    subscription("ann@example.com", categories=["api"], digest_frequency="daily")
    subscription("eve@example.com", incidents=[api_id])
    Subscription.objects.filter(pk=hook().pk).update(sealed_secret=b"\x00\xffsealed")


@pytest.fixture
def api_id(world: None) -> str:
    return Incident.objects.get(title="Again").pk


def exported(at: datetime) -> list[str]:
    return list(lines(at))


def emptied() -> None:
    """As a new installation is, with the same accounts."""
    models: list[Any] = [*reversed(CONTENTS), Delivery]
    for model in models:
        model._base_manager.all().delete()


def test_what_is_read_back_is_what_was_written(readers: None, ops: Actor, at: datetime) -> None:
    before = exported(at)
    emptied()
    counted = restore(before, by=ops, now=at)
    after = [line for line in exported(at) if '"action":"imported"' not in line]
    assert after == before
    assert sum(counted.values()) == len(before) - 1
    assert {json.loads(line)["kind"] for line in before[1:]} == {model._meta.model_name for model in CONTENTS}


def test_visitors_see_the_same(readers: None, ops: Actor, at: datetime, client: Client, frozen: object) -> None:
    merged = Incident.objects.get(title="The same").pk
    paths = ["/", "/history/", "/services/api/", f"/incidents/{merged}/", "/api/v2/incidents.json"]
    before = [client.get(path).content for path in paths]
    archive = exported(at)
    emptied()
    restore(archive, by=ops, now=at)
    for path, seen in zip(paths, before, strict=True):
        assert client.get(path).content.decode() == seen.decode(), path


def test_it_is_audited_and_makes_every_page_anew_and_tells_nobody(readers: None, ops: Actor, at: datetime) -> None:
    archive = exported(at)
    emptied()
    last = Event.objects.latest("id").pk
    restore(archive, by=ops, now=at)
    event = Event.objects.get(id__gt=last)
    assert (event.public, event.notify, event.subject_type) == (True, False, "auditentry")
    assert AuditEntry.objects.latest("id").action == "imported"
    assert not Delivery.objects.exists()


def test_work_goes_on_with_what_was_imported(readers: None, ops: Actor, at: datetime, api_id: str) -> None:
    archive = exported(at)
    emptied()
    restore(archive, by=ops, now=at)
    incident = Incident.objects.get(pk=api_id)
    incident.post_update(by=ops, status=RESOLVED, now=at + HOUR)
    assert not incident.impacts.open().exists()


def test_no_token_is_in_it(readers: None, at: datetime, ops: Actor) -> None:
    token = AlertSource.objects.get().issue_token(by=ops)
    assert token not in "\n".join(exported(at))


def test_every_model_is_in_it_or_left_out_for_a_reason() -> None:
    held = {model._meta.model_name for model in CONTENTS}
    assert held | set(LEFT_OUT) == {model._meta.model_name for model in apps.get_app_config("incidents").get_models()}
    assert not held & set(LEFT_OUT)


# What is no archive


@pytest.fixture
def archive(world: None, at: datetime) -> list[str]:
    found = exported(at)
    emptied()
    return found


def changed(line: str, **fields: Any) -> str:
    record = json.loads(line)
    record["fields"] |= fields
    return json.dumps(record)


def test_it_is_read_only_where_there_is_nothing(world: None, ops: Actor, at: datetime) -> None:
    with pytest.raises(Unreadable, match="services"):
        restore(exported(at), by=ops, now=at)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda found: [], "no archive"),
        (lambda found: ["{}", *found[1:]], "no archive"),
        (lambda found: [found[0].replace('"version":1', '"version":2'), *found[1:]], "version 2"),
        (lambda found: [found[0], "{"], "Line 2"),
        (lambda found: [found[0], "[]"], "Line 2"),
        (lambda found: [*found[:2], found[1]], "Line 3"),
        (lambda found: [found[0], changed(found[1], colour="red")], "Line 2"),
        (lambda found: [found[0], changed(found[1], name="a\0b")], "Line 2.*name"),
        (lambda found: [found[0], changed(found[1], slug="Not a slug")], "Line 2.*slug"),
        (lambda found: [found[0], changed(found[1], created_at="yesterday")], "Line 2"),
        (lambda found: [found[0], '{"kind":"user","id":1,"fields":{}}'], "Line 2.*kind user"),
        (lambda found: [found[0], *found[2:]], "refers to something"),
    ],
)
def test_what_cannot_be_read_changes_nothing(
    archive: list[str], ops: Actor, at: datetime, spoil: Callable[[list[str]], list[str]], says: str
) -> None:
    with pytest.raises(Unreadable, match=says):
        restore(spoil(archive), by=ops, now=at)
    assert not ServiceGroup.objects.exists()
    assert not Service.objects.exists()


# The commands


def test_the_commands_do_it_with_a_file(readers: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "archive.jsonl"
    call_command("export", "--to", str(file))
    count = Incident.objects.count()
    emptied()
    call_command("import", str(file), "--dry-run")
    assert not Incident.objects.exists()
    call_command("import", str(file))
    assert Incident.objects.count() == count
    assert f"incident {count:>21}".split() in [line.split() for line in capsys.readouterr().out.splitlines()]
    assert file.stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_is_not_overwritten(world: None, tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("Mine")
    with pytest.raises(CommandError, match="exists"):
        call_command("export", "--to", str(file))
    assert file.read_text() == "Mine"


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"hello"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "archive.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("import", str(file))


def test_it_goes_to_standard_output_too(world: None, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    call_command("export")
    assert json.loads(out.getvalue().splitlines()[0])["format"] == "statussite-archive"
