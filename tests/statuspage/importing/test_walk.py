"""Which walk an import makes of what a source says, by hypothesis also of what none would ever say."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from incidents import lifecycle
from incidents.lifecycle import FINAL, IncidentStatus, MaintenanceStatus, Status
from incidents.models.history import RecordedUpdate
from incidents.statuspage.importing import walk

START = datetime(2026, 3, 3, tzinfo=UTC)


def updates(statuses: list[Status]) -> list[RecordedUpdate]:
    instants = [START + timedelta(minutes=n) for n in range(len(statuses))]
    return [
        RecordedUpdate(str(n), s, "Words", at, at) for n, (s, at) in enumerate(zip(statuses, instants, strict=True))
    ]


def path(*statuses: Status, last: Status) -> walk.Walk:
    return walk.legal(updates(list(statuses)), last, first=IncidentStatus.INVESTIGATING)


INC, MNT = IncidentStatus, MaintenanceStatus


def test_a_jump_back_becomes_a_note_and_is_named() -> None:
    found = path(INC.MONITORING, INC.INVESTIGATING, INC.RESOLVED, last=INC.RESOLVED)

    assert [u.status for u in found.updates] == [INC.MONITORING, INC.MONITORING, INC.RESOLVED]
    assert [(k.from_, k.to, k.as_) for k in found.kept] == [(INC.MONITORING, INC.INVESTIGATING, INC.MONITORING)]


def test_resolved_before_the_end_becomes_a_note() -> None:
    found = path(INC.INVESTIGATING, INC.RESOLVED, INC.RESOLVED, last=INC.RESOLVED)

    assert [u.status for u in found.updates] == [INC.INVESTIGATING, INC.INVESTIGATING, INC.RESOLVED]


def test_the_newest_update_closes_what_its_record_calls_resolved() -> None:
    found = path(INC.INVESTIGATING, INC.RESOLVED, INC.MONITORING, last=INC.RESOLVED)

    assert [u.status for u in found.updates] == [INC.INVESTIGATING, INC.INVESTIGATING, INC.RESOLVED]
    assert len(found.kept) == 2


def test_an_incident_that_was_opened_again_stays_open() -> None:
    found = path(INC.INVESTIGATING, INC.RESOLVED, INC.INVESTIGATING, last=INC.INVESTIGATING)

    assert {u.status for u in found.updates} == {INC.INVESTIGATING}


def test_a_single_resolved_update_is_history() -> None:
    assert path(INC.RESOLVED, last=INC.RESOLVED).kept == ()


def test_a_start_that_was_never_told_is_added_at_the_planned_time() -> None:
    planned = RecordedUpdate("start", MNT.IN_PROGRESS, "Begins.", START, START + timedelta(seconds=30))
    told = updates([MNT.SCHEDULED, MNT.COMPLETED])

    found = walk.legal(told, MNT.COMPLETED, first=MNT.SCHEDULED, start=planned)

    assert [u.status for u in found.updates] == [MNT.SCHEDULED, MNT.IN_PROGRESS, MNT.COMPLETED]
    assert found.added is not None
    assert found.added.display_at == planned.display_at


@given(
    st.lists(st.sampled_from([s for s in INC if s is not INC.DRAFT]), min_size=1, max_size=8),
    st.sampled_from([INC.INVESTIGATING, INC.MONITORING, INC.RESOLVED]),
)
def test_every_incident_walk_is_legal_and_keeps_every_update(statuses: list[Status], last: Status) -> None:
    found = path(*statuses, last=last)

    assert [u.id for u in found.updates] == [str(n) for n in range(len(statuses))]
    assert all(after.status in lifecycle.MOVES[before.status] for before, after in pairwise(found.updates))
    assert (found.updates[-1].status in FINAL) == (last in FINAL or statuses[-1] in FINAL)


@given(st.lists(st.sampled_from(list(MNT)), min_size=1, max_size=8), st.sampled_from(list(MNT)))
def test_every_maintenance_walk_is_legal(statuses: list[Status], last: Status) -> None:
    start = RecordedUpdate("start", MNT.IN_PROGRESS, "Begins.", START, START)

    found = walk.legal(updates(statuses), last, first=MNT.SCHEDULED, start=start)

    assert all(after.status in lifecycle.MOVES[before.status] for before, after in pairwise(found.updates))
