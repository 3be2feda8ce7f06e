"""What breaks a rule is rejected by name, and nothing of it is stored; all else goes on."""

from collections.abc import Callable

import pytest

from incidents.models import Incident, IncidentUpdate, Service
from incidents.statuspage.importing.report import Report
from tests.statuspage.conftest import INCIDENT_ID, Document, component, document, planned, told, update

Take = Callable[[Document], Report]

GOOD = told(update("resolved", "11:30"))
OTHER = {**told(update("investigating", "12:00")), "id": "anotherone12"}

BAD: dict[str, tuple[Document, str]] = {
    "a title too long": ({"name": "x" * 201}, "title: Must have at most 200 characters."),
    "no title": ({"name": None}, "title: Must not be empty."),
    "a title that is no text": ({"name": ["x"]}, "name: Must be a text."),
    "characters that cannot be stored": ({"name": "a\x00b"}, "title: Contains characters"),
    "half a character": ({"name": "a\ud800b"}, "name: Contains characters"),
    "an unknown status": ({"status": "fine"}, "status: “fine” is none of"),
    "an unknown impact": ({"impact": "huge"}, "impact: “huge” is none of"),
    "no updates": ({"incident_updates": []}, "incident_updates: Must hold at least one update."),
    "updates that are no list": ({"incident_updates": "x"}, "incident_updates: Must be a list."),
    "no id": ({"id": None}, "id: Every record needs an id."),
    "a time without a zone": ({"started_at": "2026-03-03T10:00:00"}, "started_at: Must be a date and time with a zone"),
    "a time that is none": ({"started_at": "yesterday"}, "started_at: Must be a date and time with a zone"),
    "a start in the future": ({"started_at": "2030-01-01T00:00:00Z"}, "started_at: Must not lie in the future."),
    "an end before the start": ({"resolved_at": "2026-03-03T09:00:00Z"}, "resolved_at: Must not lie before"),
    "a message too long": (
        {"incident_updates": [update("resolved", "11:30", "x" * 20_001)]},
        "updates[0].message: Must have at most 20,000 characters.",
    ),
    "a component without a name": ({"components": [{"id": "nameless1234"}]}, "components: Names the service"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_record_is_rejected_with_its_id_and_the_rule_and_others_go_on(take: Take, case: str) -> None:
    fields, rule = BAD[case]

    report = take(document({**GOOD, **fields}, OTHER))

    assert any(rule in reason for reason in report.rejected), report.rejected
    assert [i.pk for i in Incident.objects.all()] == ["anotherone12"]


def test_the_same_update_id_twice_is_rejected_whole(take: Take) -> None:
    report = take(document(told(update("investigating", "10:00"), update("investigating", "10:00"))))

    assert report.rejected == [f"incident {INCIDENT_ID}: The id of one of its updates belongs to something else here."]
    assert not Incident.objects.exists()
    assert not IncidentUpdate.objects.exists()


def test_an_update_id_of_another_incident_is_rejected(take: Take) -> None:
    report = take(document(GOOD, {**GOOD, "id": "anotherone12"}))

    assert len(report.rejected) == 1
    assert Incident.objects.get().updates.count() == 1


def test_a_window_that_ends_before_it_begins_is_rejected(take: Take) -> None:
    report = take(document(windows=(planned(update("scheduled", "09:00"), scheduled_until="2026-03-03T10:00:00Z"),)))

    assert report.rejected == ["maintenance window123456: scheduled_end_at: Must lie after the start."]


@pytest.mark.parametrize("nonsense", [7, None, "x", []])
def test_a_record_that_is_no_object_is_rejected(take: Take, nonsense: object) -> None:
    report = take(document(GOOD, components=[nonsense]))

    assert report.counts["service", "rejected"] == 1
    assert Incident.objects.exists()


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"name": "x" * 101}, "name: Must have at most 100 characters."),
        ({"position": -1}, "position: Must be a whole number from 0."),
        ({"start_date": "soon"}, "start_date: Must be a date"),
        ({"created_at": None}, "created_at: Must be given."),
    ],
)
def test_a_component_that_breaks_a_rule_is_rejected(take: Take, fields: Document, rule: str) -> None:
    report = take(document(components=[component(**fields)]))

    assert rule in report.rejected[0]
    assert not Service.objects.exists()


def test_the_report_ends_with_what_was_rejected(take: Take) -> None:
    report = take(document({**GOOD, "name": ""}))

    assert list(report.lines())[-2:] == ["\nRejected: 1", f"  incident {INCIDENT_ID}: title: Must not be empty."]
