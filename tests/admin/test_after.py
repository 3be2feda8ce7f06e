"""What ops do besides updates: details, wording, postmortem, deletion."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.utils import timezone

from incidents.admin.access import actor_of
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, AuditEntry, Event, Incident
from incidents.severity import Severity
from tests.admin.filling import Desk

Address = Callable[..., str]
Opens = Callable[..., Incident]


@pytest.fixture
def over(incident: Opens) -> Incident:
    then = timezone.now() - timedelta(hours=3)
    return incident(status=IncidentStatus.RESOLVED, started_at=then, resolved_at=then + timedelta(hours=1))


def test_details_are_edited(desk: Desk, incident: Opens, address: Address) -> None:
    broken = incident()
    desk.send(address(broken, "details/"), title="Better title", severity="critical", is_public=None)
    broken.refresh_from_db()
    assert (broken.title, broken.severity, broken.is_public) == ("Better title", "critical", False)


def test_nothing_different_is_no_change(desk: Desk, incident: Opens, address: Address) -> None:
    broken = incident(description="One\n\nTwo")
    page = desk.send(address(broken, "details/"))
    assert "Nothing was different." in page.words
    assert Incident.objects.get().version == 1


def test_imported_history_without_severity_keeps_it(desk: Desk, incident: Opens, address: Address) -> None:
    broken = incident()
    Incident.objects.update(severity=Severity.NONE)
    desk.send(address(broken, "details/"), title="Other")
    assert (Incident.objects.get().title, Incident.objects.get().severity) == ("Other", "none")


def test_the_severity_of_what_is_over_stands(desk: Desk, over: Incident, address: Address) -> None:
    page = desk.send(address(over, "details/"), severity="critical", title="Typed")
    assert "severity" in page.errors
    assert page.form.fields["title"] == ["Typed"]


def test_stale_details_are_refused_and_untouched_fields_follow(desk: Desk, incident: Opens, address: Address) -> None:
    broken = incident()
    mine = desk.open(address(broken, "details/"))
    Incident.objects.get().edit(by=Actor("colleague", "api"), title="Theirs", description="Theirs too")
    page = desk.send(address(broken, "details/"), mine, title="Mine")
    assert page.form.fields["title"] == ["Mine"]
    assert page.form.fields["description"] == ["Theirs too"]
    assert "It now says: Theirs" in page.words
    assert Incident.objects.get().title == "Theirs"
    desk.send(address(broken, "details/"), page)
    assert (Incident.objects.get().title, Incident.objects.get().description) == ("Mine", "Theirs too")


class TestWording:
    @pytest.fixture
    def broken(self, incident: Opens) -> Incident:
        return incident(message="Teh disk.")

    @pytest.fixture
    def wording(self, broken: Incident, address: Address) -> str:
        return address(broken, f"updates/{broken.updates.get().pk}/")

    def test_a_correction_keeps_the_old_text_in_the_audit_trail(
        self, desk: Desk, broken: Incident, wording: str, address: Address
    ) -> None:
        desk.send(wording, message="The disk.")
        corrected = broken.updates.get()
        entry = AuditEntry.objects.get(action="update_corrected")
        assert (corrected.message, entry.before["message"]) == ("The disk.", "Teh disk.")
        assert "edited" in desk.open(address(broken)).words
        assert (entry.actor, entry.address) == ("night", "127.0.0.1")

    def test_a_correction_notifies_nobody(self, desk: Desk, broken: Incident, wording: str) -> None:
        desk.send(wording, message="The disk.")
        assert Event.objects.get(type="incident.update_corrected").notify is False

    def test_an_empty_wording_is_an_error(self, desk: Desk, broken: Incident, wording: str) -> None:
        page = desk.send(wording, message="  ")
        assert "message" in page.errors
        assert broken.updates.get().message == "Teh disk."

    def test_a_stale_correction_shows_the_newer_wording(self, desk: Desk, broken: Incident, wording: str) -> None:
        mine = desk.open(wording)
        broken.updates.get().correct("Their disk.", by=Actor("colleague", "api"))
        page = desk.send(wording, mine, message="My disk.")
        assert "It now says: Their disk." in page.words
        assert page.form.fields["message"] == ["My disk."]
        assert broken.updates.get().message == "Their disk."

    def test_an_update_of_another_incident_is_not_found(
        self, desk: Desk, broken: Incident, incident: Opens, address: Address
    ) -> None:
        foreign = incident().updates.get().pk
        assert desk.client.get(address(broken, f"updates/{foreign}/")).status_code == 404


class TestPostmortem:
    def test_it_is_drafted_then_published(self, desk: Desk, over: Incident, address: Address) -> None:
        desk.send(address(over, "postmortem/"), body="Why it broke.")
        over.refresh_from_db()
        assert (over.postmortem, over.postmortem_published_at) == ("Why it broke.", None)
        desk.send(address(over, "postmortem/"), published="on")
        over.refresh_from_db()
        assert over.postmortem_published_at is not None

    def test_it_begins_with_the_timeline_as_it_was_told(
        self, desk: Desk, incident: Opens, address: Address, ops: Actor, frozen: Any
    ) -> None:
        broken = incident(message="**Slow** answers\n\nfor some.")
        frozen.shift(timedelta(minutes=40))
        broken.post_update(by=ops, status=IncidentStatus.RESOLVED, message="Fixed.")
        body = desk.open(address(broken, "postmortem/")).form.fields["body"][0]
        assert "## Timeline (UTC)" in body
        told = [line for line in body.splitlines() if line.startswith("- ")]
        assert told == [
            "- **21 Nov, 12:00** Investigating: Slow answers for some.",
            "- **21 Nov, 12:40** Resolved: Fixed.",
        ]
        broken.refresh_from_db()
        assert broken.postmortem == ""

    def test_an_empty_one_is_not_published(self, desk: Desk, over: Incident, address: Address) -> None:
        page = desk.send(address(over, "postmortem/"), body="", published="on")
        assert "body" in page.errors

    def test_it_waits_for_the_resolution(self, desk: Desk, incident: Opens, address: Address) -> None:
        broken = incident()
        page = desk.send(address(broken, "postmortem/"), body="Too soon", published="on")
        assert "Not done yet." in page.words
        assert page.form.fields["body"] == ["Too soon"]


class TestDeletion:
    def test_it_asks_first(self, desk: Desk, incident: Opens, address: Address) -> None:
        assert "Delete this for good?" in desk.open(address(incident(), "delete/")).words
        assert Incident.objects.exists()

    def test_it_is_audited(self, desk: Desk, incident: Opens, address: Address) -> None:
        broken = incident(title="Gone")
        desk.send(address(broken, "delete/"))
        entry = AuditEntry.objects.get(action="deleted")
        assert (entry.subject_id, entry.before["title"], entry.actor) == (broken.pk, "Gone", "night")
        assert not Incident.objects.exists()

    def test_it_is_refused_when_somebody_wrote_meanwhile(self, desk: Desk, incident: Opens, address: Address) -> None:
        broken = incident()
        mine = desk.open(address(broken, "delete/"))
        Incident.objects.get().post_update(by=Actor("colleague", "api"), status=IncidentStatus.IDENTIFIED)
        page = desk.send(address(broken, "delete/"), mine)
        assert "New since you opened the page" in page.words
        assert Incident.objects.exists()

    def test_it_is_refused_when_somebody_writes_at_the_last_moment(
        self, desk: Desk, incident: Opens, address: Address, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = incident()

        def late(request: HttpRequest) -> Actor:
            Incident.objects.get().post_update(by=Actor("colleague", "api"), status=IncidentStatus.IDENTIFIED)
            return actor_of(request)

        monkeypatch.setattr("incidents.admin.timelines.actor_of", late)
        page = desk.send(address(broken, "delete/"))
        assert "by colleague" in page.words
        assert Incident.objects.exists()
