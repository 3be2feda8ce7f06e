"""The audit trail: only ever added to, written by every door, found again, taken out."""

import csv
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from incidents import jobs, roles
from incidents.api.machines import signed
from incidents.models import Actor, AuditEntry, Incident, MachineToken, MaintenanceWindow
from tests.admin.filling import Desk
from tests.api.calling import ADMIN, PROBLEM, Caller
from tests.api.conftest import caller_for

LIST, EXPORT = "/admin/incidents/auditentry/", "/admin/incidents/auditentry/export/"
Opens = Callable[..., Incident]


def latest() -> AuditEntry:
    return AuditEntry.objects.latest("id")


class TestItIsOnlyAddedTo:
    @pytest.fixture
    def entry(self, incident: Opens) -> AuditEntry:
        incident()
        return latest()

    def test_no_entry_is_saved_again(self, entry: AuditEntry) -> None:
        entry.actor = "somebody else"
        with pytest.raises(TypeError):
            entry.save()

    @pytest.mark.parametrize(
        "change",
        [
            lambda entry: entry.delete(),
            lambda entry: AuditEntry.objects.all().delete(),
            lambda entry: AuditEntry.objects.update(actor="somebody else"),
        ],
    )
    def test_none_is_changed_or_deleted(self, entry: AuditEntry, change: Callable[[AuditEntry], object]) -> None:
        with pytest.raises(TypeError):
            change(entry)
        assert latest() == entry

    def test_the_desk_offers_no_way_to_do_so(self, desk: Desk, entry: AuditEntry) -> None:
        for page in ("add/", f"{entry.pk}/delete/"):
            assert desk.client.get(LIST + page).status_code == 403
            assert desk.client.post(LIST + page, {"post": "yes"}).status_code == 403


class TestEveryDoorWritesIt:
    """Who, through which door, from where, by which token, and what differs."""

    def test_the_desk(self, desk: Desk, incident: Opens) -> None:
        page = f"/admin/incidents/incident/{incident(title='Old').pk}/details/"
        desk.send(page, title="New")
        entry = latest()
        assert (entry.actor, entry.via, entry.address, entry.token) == ("night", "admin", "127.0.0.1", "")
        assert (entry.before, entry.after) == ({"title": "Old"}, {"title": "New"})

    @pytest.mark.parametrize("base", [PROBLEM, ADMIN])
    def test_the_api_for_people(self, night: User, incident: Opens, base: str) -> None:
        caller_for(night).patch(f"{base}/incidents/{incident(title='Old').pk}", {"title": "New"})
        entry = latest()
        assert (entry.actor, entry.via, entry.address, len(entry.token)) == ("night", "api", "127.0.0.1", 32)
        assert (entry.before, entry.after) == ({"title": "Old"}, {"title": "New"})

    def test_the_api_for_programs(self, incident: Opens) -> None:
        machine = MachineToken.issue("deploy", (roles.PLATFORM_OPS,), days=1, by=Actor("ops", "test"))
        caller = Caller({"Authorization": f"Bearer {signed(machine)}"})
        caller.patch(f"{PROBLEM}/incidents/{incident().pk}", {"title": "New"})
        assert (latest().actor, latest().via, latest().token) == ("deploy", "api", machine.jti)

    def test_a_command(self, incident: Opens) -> None:
        call_command("incident", "update", incident().pk, "--status", "identified", "--message", "Found.")
        assert (latest().action, latest().via) == ("update_posted", "command")

    def test_the_scheduler(self, window: Callable[..., MaintenanceWindow], frozen: Any) -> None:
        start = timezone.now() + timedelta(hours=1)
        window(scheduled_start_at=start, scheduled_end_at=start + timedelta(hours=1))
        frozen.shift(timedelta(hours=1))
        jobs.advance_maintenance(timezone.now())
        assert (latest().action, latest().actor, latest().via) == ("update_posted", "worker", "scheduler")

    def test_what_a_restored_backup_leaves_untold(self, incident: Opens) -> None:
        incident()
        call_command("after_restore")
        assert (latest().action, latest().via, latest().after) == (
            "left_untold",
            "command",
            {"events": 1, "messages": 0},
        )


class TestFindingAnEntry:
    @pytest.mark.parametrize("query", ["x" * 10_000, "a " * 5_000, "%", "_", "'", "🔥", "\\"])
    def test_whatever_is_searched_for_is_harmless(self, desk: Desk, incident: Opens, query: str) -> None:
        incident()
        assert desk.client.get(LIST, {"q": query}).status_code == 200

    def test_too_many_words_find_nothing_and_say_so(self, desk: Desk, incident: Opens) -> None:
        incident(title="Needle")
        page = desk.open(f"{LIST}?q={'needle+' * 11}")
        assert "at most ten words" in page.words
        assert "Needle" not in page.words

    @pytest.mark.parametrize("model", ["incident", "delivery", "maintenancewindow", "service", "subscription"])
    def test_so_it_is_on_every_list(self, desk: Desk, model: str) -> None:
        assert desk.client.get(f"/admin/incidents/{model}/", {"q": "a " * 5_000}).status_code == 200

    def test_a_token_is_found(self, desk: Desk, incident: Opens) -> None:
        incident(title="By hand")
        one = incident(title="Of a program")
        one.edit(by=Actor("deploy", "api", token="abc123"), title="By a program")
        words = desk.open(f"{LIST}?q=abc123").words
        assert ("By a program" in words, "By hand" in words) == (True, False)


class TestTakingItOut:
    @pytest.fixture
    def _some(self, incident: Opens) -> None:
        incident(title='=HYPERLINK("https://evil.example")')
        incident(title="Second").edit(by=Actor("+night", "admin", "192.0.2.1"), title="Ü")

    def taken(self, answer: Any) -> str:
        assert answer.status_code == 200
        return b"".join(answer.streaming_content).decode()

    @pytest.mark.usefixtures("_some")
    def test_as_csv_without_formulas(self, desk: Desk) -> None:
        rows = list(csv.DictReader(StringIO(self.taken(desk.client.post(EXPORT, {"format": "csv"})))))
        assert [row["action"] for row in rows] == ["edited", "opened", "opened"]
        assert (rows[0]["actor"], rows[2]["subject_title"][:2]) == ("'+night", "'=")
        assert json.loads(rows[0]["after"]) == {"title": "Ü"}

    @pytest.mark.usefixtures("_some")
    def test_as_json_lines(self, desk: Desk) -> None:
        first = json.loads(self.taken(desk.client.post(EXPORT, {"format": "jsonl"})).splitlines()[0])
        assert (first["actor"], first["address"], first["before"]) == ("+night", "192.0.2.1", {"title": "Second"})
        assert datetime.fromisoformat(first["at"]).tzinfo is not None

    @pytest.mark.usefixtures("_some")
    def test_only_what_was_asked_for(self, desk: Desk) -> None:
        assert len(self.taken(desk.client.post(f"{EXPORT}?action=edited", {"format": "jsonl"})).splitlines()) == 1

    @pytest.mark.usefixtures("_some")
    def test_that_it_was_taken_is_in_it(self, desk: Desk) -> None:
        self.taken(desk.client.post(f"{EXPORT}?action=edited", {"format": "csv"}))
        entry = latest()
        assert (entry.action, entry.subject_title, entry.actor) == ("exported", "Audit trail", "night")
        assert entry.after == {"records": 1, "format": "csv", "asked": {"action": "edited"}}

    def test_a_look_does_not_take_it(self, desk: Desk) -> None:
        assert desk.client.get(EXPORT).status_code == 405

    def test_there_are_two_formats(self, desk: Desk) -> None:
        assert desk.client.post(EXPORT, {"format": "exe"}).status_code == 400

    @pytest.mark.parametrize("role", ["", roles.DATA_PROTECTION_OFFICER])
    def test_others_do_not_get_it(self, client: Client, staff: Callable[..., User], role: str) -> None:
        client.force_login(staff("clerk", role))
        assert client.post(EXPORT, {"format": "csv"}).status_code == 403
