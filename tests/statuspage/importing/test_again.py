"""Importing what was imported before."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents.models import Actor, AuditEntry, Event, Impact, Incident, IncidentUpdate
from incidents.statuspage.importing.report import Report
from tests.statuspage.conftest import INCIDENT_ID, Document, document, planned, sample, told, update

Take = Callable[[Document], Report]

OPEN = told(update("investigating", "10:00", "Looking."))
OVER = told(update("investigating", "10:00", "Looking."), update("resolved", "11:30", "Over."))


def everything() -> list[object]:
    tables = (Incident, IncidentUpdate, Impact, Event, AuditEntry)
    return [list(table._base_manager.order_by("pk").values()) for table in tables]


def test_a_second_import_changes_nothing(take: Take) -> None:
    take(sample())
    before = everything()

    report = take(sample())

    assert everything() == before
    assert {outcome for _, outcome in report.counts} == {"unchanged"}


def test_new_updates_of_the_source_are_added_and_its_resolution_closes_the_impacts(take: Take) -> None:
    take(document(OPEN))

    report = take(document(OVER))

    assert report.counts["incident", "updated"] == 1
    assert [u.status for u in Incident.objects.get().updates.order_by("version")] == ["investigating", "resolved"]
    assert not Impact.objects.open().exists()


def test_an_updated_incident_gets_a_higher_version(take: Take) -> None:
    """Else a reader that holds the old one could not tell them apart."""
    take(document(OVER))

    take(document({**OVER, "name": "Corrected"}))

    assert Incident.objects.get().version > 2


def test_a_corrected_text_is_marked_as_edited_and_the_old_one_stays_in_the_trail(take: Take, now: datetime) -> None:
    take(document(OPEN))

    take(document(told(update("investigating", "10:00", "Looking closely."))))

    stored = IncidentUpdate.objects.get()
    assert (stored.message, stored.edited_at) == ("Looking closely.", now)
    assert AuditEntry.objects.first().before["updates"] == {stored.pk: "Looking."}  # type: ignore[union-attr]


def test_an_incident_that_was_continued_here_is_left_alone(take: Take, ops: Actor) -> None:
    take(document(OPEN))
    Incident.objects.get().post_update(by=ops, status=Incident.objects.get().state, message="From here.")

    report = take(document(OVER))

    assert report.left == [f"incident {INCIDENT_ID}"]
    assert IncidentUpdate.objects.latest("version").message == "From here."


def test_an_incident_that_was_deleted_here_stays_deleted(take: Take, ops: Actor) -> None:
    take(document(OVER))
    Incident.objects.get().remove(by=ops)

    report = take(document(OVER))

    assert report.left == [f"incident {INCIDENT_ID}"]
    assert not Incident.objects.exists()


def test_an_incident_of_our_own_is_never_touched(take: Take, incident: Callable[..., Incident]) -> None:
    """As when the document is an export of this very page."""
    own = incident(title="Ours")

    report = take(document({**OVER, "id": own.pk}))

    assert Incident.objects.get().title == "Ours"
    assert report.left == [f"incident {own.pk}"]


def test_a_window_that_began_is_brought_up_to_date(take: Take) -> None:
    take(document(windows=(planned(update("scheduled", "09:00")),)))

    report = take(document(windows=(planned(update("scheduled", "09:00"), update("in_progress", "11:00")),)))

    assert report.counts["maintenance", "updated"] == 1
    assert Impact.objects.get().level == "under_maintenance"


@pytest.mark.parametrize("minutes", [5, 600])
def test_ops_can_go_on_with_an_imported_incident(take: Take, ops: Actor, now: datetime, minutes: int) -> None:
    take(document(OPEN))

    Incident.objects.get().post_update(by=ops, status=Incident.STATUS.RESOLVED, now=now + timedelta(minutes=minutes))

    assert Incident.objects.get().version == 2
    assert not Impact.objects.open().exists()
