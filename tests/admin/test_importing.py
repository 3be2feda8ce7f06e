"""The history of a Statuspage: looked at first, then brought in."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from incidents import roles
from incidents.admin.importing import MOST_BYTES
from incidents.jobs import purge_uploads
from incidents.models import AuditEntry, Incident, Revision, Service, UploadedDocument
from incidents.statuspage.importing import import_document
from incidents.statuspage.importing.documents import parse
from incidents.statuspage.importing.report import Report
from tests.admin.filling import Desk, Page

IMPORT = "/admin/incidents/incident/import/"
COMPONENT = {"id": "c1", "name": "API", "status": "operational", "position": 1, "created_at": "2026-01-01T00:00:00Z"}


def told(id: str, *statuses: str, name: str = "It broke") -> dict[str, Any]:
    """An incident with an update an hour."""
    updates = [
        {"id": f"{id}u{n}", "status": status, "body": "Word.", "created_at": f"2026-01-02T{n:02}:00:00Z"}
        for n, status in enumerate(statuses, 1)
    ]
    for update in updates:
        update["display_at"] = update["created_at"]
    last = updates[-1]
    return {
        "id": id, "name": name, "status": last["status"], "impact": "minor", "created_at": updates[0]["created_at"],
        "updated_at": last["created_at"], "resolved_at": last["created_at"] if last["status"] == "resolved" else None,
        "incident_updates": updates[::-1], "components": [COMPONENT],
    }  # fmt: skip


def document(*incidents: dict[str, Any]) -> bytes:
    return json.dumps({"page": {"id": "p1"}, "components": [COMPONENT], "incidents": incidents}).encode()


def upload(desk: Desk, body: bytes, name: str = "incidents.json") -> Page:
    return Page(desk.client.post(IMPORT, {"file": SimpleUploadedFile(name, body)}))


def confirm(desk: Desk, shown: Page | None = None) -> Page:
    """As on the page that was shown, by itself the latest."""
    latest = shown.response.context["uploaded"] if shown else UploadedDocument.objects.first()
    edition = {"edition": latest.edition} if latest else {}
    return Page(desk.client.post(IMPORT, {"act": "import", **edition}, follow=True))


def counted(page: Page) -> dict[str, list[int]]:
    return dict(page.response.context["report"].rows())


def test_first_it_is_shown_and_nothing_is_written(desk: Desk) -> None:
    page = upload(desk, document(told("i1", "investigating", "resolved")))
    assert "Nothing is imported yet." in page.words
    assert counted(page) == {
        "group": [0] * 5, "service": [1, 0, 0, 0, 0], "incident": [1, 0, 0, 0, 0], "maintenance": [0] * 5
    }  # fmt: skip
    assert not any(model.objects.exists() for model in (Incident, Service, AuditEntry, Revision))


def test_then_it_is_done(desk: Desk) -> None:
    upload(desk, document(told("i1", "investigating", "resolved")))
    page = confirm(desk)
    assert "Imported: incidents.json." in page.words
    assert counted(page)["incident"] == [1, 0, 0, 0, 0]
    assert [row.title for row in Incident.objects.all()] == ["It broke"]
    assert not UploadedDocument.objects.exists()


def test_moves_that_are_kept_as_notes_are_told(desk: Desk) -> None:
    page = upload(desk, document(told("i1", "monitoring", "investigating", "resolved")))
    assert "Moves that the state machine forbids, kept as notes: 1" in page.words
    assert "monitoring → investigating, kept as monitoring" in page.words


def test_what_changed_here_is_left_alone_and_what_changed_there_is_not(desk: Desk, ops: Any) -> None:
    upload(desk, document(told("i1", "resolved"), told("i2", "resolved", name="Other")))
    confirm(desk)
    Incident.objects.get(title="Other").edit(by=ops, title="Ours")
    page = upload(desk, document(told("i1", "resolved", name="Renamed"), told("i2", "resolved", name="Theirs")))
    assert counted(page)["incident"] == [0, 1, 0, 1, 0]
    confirm(desk)
    assert {row.title for row in Incident.objects.all()} == {"Renamed", "Ours"}


def test_who_imported_what_is_in_the_trail(desk: Desk) -> None:
    upload(desk, document(told("i1", "resolved")))
    confirm(desk)
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor, entry.via) == ("imported", "night", "admin")
    assert (entry.subject_title, entry.after["incident, created"]) == ("Statuspage: incidents.json", 1)


def test_so_is_each_record_of_it(desk: Desk) -> None:
    upload(desk, document(told("i1", "resolved")))
    confirm(desk)
    trail = AuditEntry.objects.filter(subject_type__in=("service", "incident"))
    told_by = set(trail.values_list("subject_type", "actor", "via", "address"))
    assert told_by == {(kind, "night", "import", "127.0.0.1") for kind in ("service", "incident")}


def test_what_the_same_person_changed_since_is_left_alone(desk: Desk) -> None:
    upload(desk, document(told("i1", "resolved")))
    confirm(desk)
    desk.send(f"/admin/incidents/incident/{Incident.objects.get().pk}/details/", title="Ours")
    assert counted(upload(desk, document(told("i1", "resolved", name="Theirs"))))["incident"] == [0, 0, 0, 1, 0]


def test_it_goes_on_with_what_somebody_else_or_the_command_imported(
    desk: Desk, client: Client, staff: Callable[..., User], now: datetime
) -> None:
    import_document(parse("first.json", document(told("i1", "resolved"))), Report(), now)
    for name, title in (("day", "Second"), ("late", "Third")):
        client.force_login(staff(name, roles.PLATFORM_OPS))
        upload(desk, document(told("i1", "resolved", name=title)))
        confirm(desk)
        assert Incident.objects.get().title == title


def test_a_second_tap_imports_nothing(desk: Desk) -> None:
    upload(desk, document(told("i1", "resolved")))
    confirm(desk)
    assert "Nothing was done" in confirm(desk).words
    assert Incident.objects.count() == 1


def test_a_bad_record_is_named_and_stops_no_other(desk: Desk) -> None:
    page = upload(desk, document(told("i1", "resolved", name="x" * 201), told("i2", "resolved")))
    assert counted(page)["incident"] == [1, 0, 0, 0, 1]
    assert "Rejected: 1" in page.words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"nonsense", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"\x00", "not JSON"),
        (b"[]", "not a Statuspage document"),
        (b'{"incidents": 7}', "not a list"),
        (b"[" * 100_000, "nested"),
        (b'{"incidents": [' + b" " * MOST_BYTES + b"]}", "more than 1 MB"),
    ],
)
def test_a_bad_file_is_told_what_is_wrong_with_it(desk: Desk, body: bytes, words: str) -> None:
    page = upload(desk, body)
    assert page.response.status_code == 200
    assert words in page.words
    assert not UploadedDocument.objects.exists()


@pytest.mark.parametrize(
    "records", ["[null]", "[7]", '[{"id": "\\u0000"}]', '[{"id": "a", "name": "\\u0000"}]', "[[]]"]
)
def test_odd_records_are_rejected_one_by_one(desk: Desk, records: str) -> None:
    page = upload(desk, f'{{"incidents": {records}}}'.encode())
    assert counted(page)["incident"] == [0, 0, 0, 0, 1]


def test_without_a_file_it_asks_for_one(desk: Desk) -> None:
    assert Page(desk.client.post(IMPORT, {"file": ""})).errors == {"file"}


@pytest.mark.parametrize("role", ["", roles.DATA_PROTECTION_OFFICER])
def test_it_is_for_ops(client: Client, staff: Callable[..., User], role: str) -> None:
    client.force_login(staff("clerk", role))
    assert [client.get(IMPORT).status_code, client.post(IMPORT, {"act": "import"}).status_code] == [403, 403]


def test_the_list_leads_to_it(desk: Desk) -> None:
    assert f'href="{IMPORT}"' in desk.open("/admin/incidents/incident/").html


def test_what_is_imported_is_what_was_shown(desk: Desk) -> None:
    first = upload(desk, document(told("i1", "investigating")))
    upload(desk, document(told("i2", "investigating")))
    assert "Another file has been sent since." in confirm(desk, first).words
    assert not Incident.objects.exists()


def test_what_nobody_imports_is_forgotten_after_a_day(desk: Desk) -> None:
    upload(desk, document(told("i1", "investigating")))
    sent_at = UploadedDocument.objects.get().uploaded_at
    assert not purge_uploads(sent_at + timedelta(hours=23))
    assert purge_uploads(sent_at + timedelta(hours=24))
    assert "Nothing was done: send it again." in confirm(desk).words
