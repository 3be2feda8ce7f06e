"""The whole job without a web server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from incidents.models import AuditEntry, Event, Incident, MaintenanceWindow, Service
from tests.server import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What it prints on standard output."""

    def call(*arguments: str) -> str:
        call_command("incident", *arguments)
        return capsys.readouterr().out.strip()

    return call


def opened(run: Callable[..., str], *more: str) -> Incident:
    return Incident.objects.get(pk=run("open", "Logins fail", "--severity", "major", *more))


def test_an_incident_from_the_report_to_the_end(run: Callable[..., str], api: Service, login: Service) -> None:
    incident = opened(run, "--service", "api", "--service", "login=degraded_performance")
    assert incident.impacts.open().levels() == {api.pk: "partial_outage", login.pk: "degraded_performance"}
    run("update", incident.pk, "--status", "identified", "--message", "A bad deploy.", "--service", "api")
    assert list(incident.impacts.open().levels()) == [api.pk]
    run("update", incident.pk, "--message", "Rolling back.")
    run("resolve", incident.pk)
    assert [(u.status, u.message) for u in incident.updates.order_by("version")] == [
        ("investigating", "We are currently investigating this issue."),
        ("identified", "A bad deploy."),
        ("identified", "Rolling back."),
        ("resolved", "This incident has been resolved."),
    ]
    assert not incident.impacts.open().exists()


def test_an_update_that_names_no_service_leaves_them_as_they_are(run: Callable[..., str], api: Service) -> None:
    incident = opened(run, "--service", "api")
    run("update", incident.pk)
    assert incident.impacts.open().levels() == {api.pk: "partial_outage"}


def test_the_audit_trail_says_who_and_how(run: Callable[..., str]) -> None:
    incident = opened(run, "--by", "night shift")
    run("resolve", incident.pk)
    entries = AuditEntry.objects.order_by("id").values_list("action", "actor", "via")
    assert list(entries) == [("opened", "night shift", "command"), ("update_posted", "incident", "command")]


def test_subscribers_are_told_unless_it_says_not_to(run: Callable[..., str]) -> None:
    incident = opened(run, "--no-notify")
    assert not Event.objects.filter(notify=True).exists()
    run("update", incident.pk)
    assert Event.objects.filter(notify=True).count() == 1


def test_a_draft_is_published_by_an_update(run: Callable[..., str]) -> None:
    incident = opened(run, "--status", "draft")
    assert incident.status == "draft"
    run("update", incident.pk, "--status", "investigating")
    incident.refresh_from_db()
    assert incident.is_visible


def test_times_are_those_of_the_page_unless_they_have_a_zone(run: Callable[..., str], now: datetime) -> None:
    incident = opened(run, "--started-at", "2026-11-21T11:00", "--next-update-in", "30")
    assert incident.started_at == now - timedelta(hours=1)
    assert incident.updates.get().next_update_at == now + timedelta(minutes=30)


def test_history_is_recorded(run: Callable[..., str], now: datetime) -> None:
    times = ("--started-at", "2026-11-20T11:00Z", "--resolved-at", "2026-11-20T13:00+01:00")
    incident = opened(run, "--status", "resolved", *times)
    assert incident.resolved_at == now - timedelta(days=1)


def test_what_is_open_is_listed(run: Callable[..., str], api: Service) -> None:
    incident, over = opened(run, "--service", "api"), opened(run)
    run("resolve", over.pk)
    line = f"{incident.pk}\tinvestigating\tmajor\t2026-11-21 12:00\tapi=partial_outage\tLogins fail"
    assert run("list") == line
    everything = json.loads(run("list", "--all", "--json"))
    assert {found["id"]: found["status"] for found in everything} == {
        incident.pk: "investigating",
        over.pk: "resolved",
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("update", "nothing"), "There is no incident nothing"),
        (("resolve", "a\0b"), "There is no incident"),
        (("open", "", "--severity", "minor"), "title: Must not be empty"),
        (("open", "X", "--severity", "none"), "invalid choice: 'none'"),
        (("open", "X"), "--severity"),
        (("open", "X", "--severity", "minor", "--service", "printer"), "There is no service printer. There are: api."),
        (("open", "X", "--severity", "minor", "--service", "api=gone"), "There is no level gone"),
        (("open", "X", "--severity", "minor", "--status", "resolved"), "resolved_at: To record history"),
        (("open", "X", "--severity", "minor", "--started-at", "yesterday"), "invalid time such as"),
        (("open", "X", "--severity", "minor", "--started-at", "2030-01-01T00:00"), "started_at: Must not lie"),
        (("open", "X", "--severity", "minor", "--next-update-in", "0"), "next_update_at: A promise"),
        ((), "open|update|resolve|merge|list"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    run: Callable[..., str], api: Service, arguments: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert says in str(refused.value)
    assert not Incident.objects.exists()


def test_a_move_that_is_not_allowed_names_those_that_are(run: Callable[..., str]) -> None:
    incident = opened(run, "--status", "monitoring")
    with pytest.raises(CommandError, match=r"Allowed: monitoring, resolved\."):
        run("update", incident.pk, "--status", "identified")


def test_a_second_incident_on_a_service_has_to_be_meant(run: Callable[..., str], api: Service) -> None:
    first = opened(run, "--service", "api")
    with pytest.raises(CommandError, match=first.pk):
        opened(run, "--service", "api")
    opened(run, "--service", "api", "--force")


def test_an_outdated_view_is_refused(run: Callable[..., str]) -> None:
    incident = opened(run)
    run("update", incident.pk, "--version", "1")
    with pytest.raises(CommandError, match="version 2"):
        run("resolve", incident.pk, "--version", "1")


def test_a_window_is_no_incident(
    run: Callable[..., str], window: Callable[..., MaintenanceWindow], now: datetime
) -> None:
    planned = window(scheduled_start_at=now + timedelta(hours=1), scheduled_end_at=now + timedelta(hours=2))
    with pytest.raises(CommandError):
        run("resolve", planned.pk)


def test_the_exit_status_tells_how_it_went(tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "DEBUG": "true"}
    environment |= {"SECRET_KEY": "only for a test, and long enough for it"}

    def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    manage("migrate", "-v0")
    calls = [("list", "--help"), ("list",), ("resolve", "nothing"), ("open",)]
    ended = [manage("incident", *arguments) for arguments in calls]
    assert [call.returncode for call in ended] == [0, 0, 1, 2]
    assert not any("Traceback" in call.stderr for call in ended)


def test_a_duplicate_is_merged(run: Callable[..., str]) -> None:
    old, new = opened(run), opened(run)
    run("merge", old.pk, new.pk, "--message", "The same cause.")
    old.refresh_from_db()
    assert old.merged_into == new
    assert new.updates.latest("version").message == "The same cause."
