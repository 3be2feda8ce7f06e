"""What becomes of the incidents and maintenance windows of a document."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from incidents import page
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, AuditEntry, Event, Impact, Incident, MaintenanceWindow, Service
from incidents.severity import ServiceStatus, Severity
from incidents.statuspage.importing.report import Report
from tests.statuspage.conftest import (
    INCIDENT_ID,
    LOGIN_ID,
    Document,
    component,
    document,
    hit,
    planned,
    told,
    update,
)

Take = Callable[[Document], Report]


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 3, hour, minute, tzinfo=UTC)


def timeline() -> list[tuple[str, str]]:
    return [(u.status, u.message) for u in Incident.objects.get().updates.order_by("version")]


def impacts() -> list[tuple[str, str, datetime, datetime | None]]:
    return [(i.service_id, i.level, i.started_at, i.ended_at) for i in Impact.objects.order_by("started_at")]


RESOLVED = told(update("investigating", "10:00", "Looking."), update("resolved", "11:30", "Over."))


def test_an_incident_keeps_its_id_its_times_and_its_updates(take: Take) -> None:
    take(document(RESOLVED))

    stored = Incident.objects.get()
    assert (stored.pk, stored.title, stored.severity, stored.status) == (INCIDENT_ID, "Broken", "minor", "resolved")
    assert (stored.started_at, stored.resolved_at, stored.version) == (at(10), at(11, 30), 2)
    assert timeline() == [("investigating", "Looking."), ("resolved", "Over.")]


def test_updates_of_one_minute_stay_in_the_order_in_which_they_were_written(take: Take) -> None:
    first, second = (update("investigating", "10:00", words, id=f"same{words}".ljust(12, "0")) for words in ("a", "b"))

    take(document(told(first, second, update("resolved", "10:00", "c"))))

    assert [message for _, message in timeline()] == ["a", "b", "c"]


def test_a_document_that_lists_the_oldest_update_first_is_read_as_such(take: Take) -> None:
    take(document({**RESOLVED, "incident_updates": RESOLVED["incident_updates"][::-1]}))

    assert [status for status, _ in timeline()] == ["investigating", "resolved"]


def test_a_forbidden_move_is_kept_as_a_note_and_named_in_the_report(take: Take) -> None:
    report = take(document(told(update("monitoring", "10:00"), update("investigating", "10:10"))))

    assert [status for status, _ in timeline()] == ["monitoring", "monitoring"]
    assert report.notes == [
        f"incident {INCIDENT_ID}, 2026-03-03 10:10 UTC: monitoring → investigating, kept as monitoring"
    ]


def test_a_published_postmortem_becomes_one(take: Take) -> None:
    take(
        document(
            {
                **told(*reversed(RESOLVED["incident_updates"]), update("postmortem", "15:00", "Why.")),
                "resolved_at": "2026-03-03T11:30:00Z",
            }
        )
    )

    stored = Incident.objects.get()
    assert (stored.postmortem, stored.postmortem_published_at) == ("Why.", at(15))
    assert (stored.status, stored.updates.count(), stored.resolved_at) == ("resolved", 2, at(11, 30))


def test_an_update_without_words_gets_the_usual_ones(take: Take) -> None:
    take(document(told(update("investigating", "10:00", ""))))

    assert timeline() == [("investigating", "We are currently investigating this issue.")]


@pytest.mark.parametrize(
    ("impact", "level"),
    [
        ("critical", "major_outage"),
        ("major", "partial_outage"),
        ("minor", "degraded_performance"),
        ("none", "operational"),
    ],
)
def test_levels_follow_from_the_impact_where_the_updates_name_none(take: Take, impact: str, level: str) -> None:
    take(document({**RESOLVED, "impact": impact}))

    assert impacts() == [("apiapiapiapi", level, at(10), at(11, 30))]


def test_levels_follow_the_updates_where_they_name_some(take: Take) -> None:
    take(
        document(
            told(
                update("investigating", "10:01", affected_components=[hit("partial_outage")]),
                update("investigating", "10:20", affected_components=[hit("major_outage")]),
                update("resolved", "11:30", affected_components=[hit("operational")]),
            )
        )
    )

    assert impacts() == [
        ("apiapiapiapi", "partial_outage", at(10, 1), at(10, 20)),
        ("apiapiapiapi", "major_outage", at(10, 20), at(11, 30)),
    ]


def test_a_sentence_instead_of_a_component_names_none(take: Take) -> None:
    nobody = [{"name": "No components were affected by this update."}]

    take(document({**told(update("resolved", "11:30", affected_components=nobody)), "components": []}))

    assert impacts() == []


def test_impacts_of_an_unresolved_incident_are_open(take: Take) -> None:
    take(document(told(update("investigating", "10:00"))))

    assert Service.objects.get().impacts.open().levels() == {"apiapiapiapi": ServiceStatus.DEGRADED_PERFORMANCE}


def test_a_service_that_is_known_from_an_incident_only_is_created(take: Take) -> None:
    take(document({**RESOLVED, "components": [component(LOGIN_ID, "Login", position=7)]}))

    assert [(s.pk, s.slug, s.position) for s in Service.objects.all()] == [(LOGIN_ID, "login", 7)]


def test_a_component_that_only_an_update_still_names_is_created(take: Take) -> None:
    gone = told(update("resolved", "11:30", affected_components=[hit("major_outage", LOGIN_ID, "Old login")]))

    take(document({**gone, "components": []}))

    assert Service.objects.get().name == "Old login"


def test_maintenance_is_under_way_from_its_start_to_its_end(take: Take) -> None:
    take(
        document(
            windows=(
                planned(update("scheduled", "09:00"), update("in_progress", "11:02"), update("completed", "12:45")),
            )
        )
    )

    stored = MaintenanceWindow.objects.get()
    assert (stored.status, stored.started_at, stored.ended_at) == (MaintenanceStatus.COMPLETED, at(11, 2), at(12, 45))
    assert impacts() == [("apiapiapiapi", "under_maintenance", at(11, 2), at(12, 45))]
    assert [s.pk for s in stored.services.all()] == ["apiapiapiapi"]


def test_verifying_is_a_note_of_running_maintenance(take: Take) -> None:
    take(document(windows=(planned(update("in_progress", "11:00"), update("verifying", "12:00")),)))

    assert [u.status for u in MaintenanceWindow.objects.get().updates.all()] == ["in_progress", "in_progress"]


def test_a_start_that_the_source_leaves_out_is_added_and_named(take: Take) -> None:
    report = take(document(windows=(planned(update("scheduled", "09:00"), update("completed", "12:45")),)))

    assert MaintenanceWindow.objects.get().started_at == at(11)
    assert report.added == ["maintenance window123456, 2026-03-03 11:00 UTC: in progress"]


def test_a_past_window_that_never_began_is_not_started_by_our_worker(take: Take, now: datetime) -> None:
    take(document(windows=(planned(update("scheduled", "09:00")),)))

    assert MaintenanceWindow.advance_due(Actor("worker", "test"), now) == 0


def test_an_import_notifies_nobody_and_leaves_a_trail(take: Take) -> None:
    take(document(RESOLVED))

    assert not Event.objects.filter(notify=True).exists()
    assert Event.objects.get(subject_id=INCIDENT_ID).type == "incident.recorded"
    assert AuditEntry.objects.get(subject_id=INCIDENT_ID).via == "command"


def test_ids_of_another_shape_become_stable_ones_of_ours(take: Take) -> None:
    take(document({**RESOLVED, "id": 42, "components": [component("7", "API")]}))
    first = Incident.objects.get().pk

    report = take(document({**RESOLVED, "id": 42, "components": [component("7", "API")]}))

    assert len(first) == 12
    assert report.counts["incident", "unchanged"] == 1


def test_the_same_number_on_two_pages_is_not_the_same_incident(take: Take) -> None:
    take(document({**RESOLVED, "id": 42}))
    other = [{**u, "id": f"o{u['id'][1:]}"} for u in RESOLVED["incident_updates"]]

    take({**document({**RESOLVED, "id": 42, "incident_updates": other}), "page": {"id": "another"}})

    assert Incident.objects.count() == 2


def test_severity_none_counts_as_no_trouble(take: Take) -> None:
    take(document(told(update("investigating", "10:00"), impact="none")))

    assert Incident.objects.get().severity == Severity.NONE
    assert Incident.objects.get().status == IncidentStatus.INVESTIGATING


def test_an_open_incident_that_names_only_healthy_services_still_makes_the_headline(take: Take, now: datetime) -> None:
    healthy = update("investigating", "10:00", affected_components=[hit("operational")])

    take(document(told(healthy, impact="major")))

    assert page.home(now).overall.indicator == "major"
