import pytest

from incidents.errors import InvalidTransition
from incidents.lifecycle import FINAL, MOVES, IncidentStatus, MaintenanceStatus, Status, check, default_message

DRAFT, INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus
SCHEDULED, IN_PROGRESS, COMPLETED, CANCELLED = MaintenanceStatus

LEGAL = {
    (DRAFT, INVESTIGATING),
    (DRAFT, IDENTIFIED),
    (DRAFT, MONITORING),
    (INVESTIGATING, INVESTIGATING),
    (INVESTIGATING, IDENTIFIED),
    (INVESTIGATING, MONITORING),
    (INVESTIGATING, RESOLVED),
    (IDENTIFIED, IDENTIFIED),
    (IDENTIFIED, MONITORING),
    (IDENTIFIED, RESOLVED),
    (MONITORING, MONITORING),
    (MONITORING, RESOLVED),
    (SCHEDULED, SCHEDULED),
    (SCHEDULED, IN_PROGRESS),
    (SCHEDULED, CANCELLED),
    (IN_PROGRESS, IN_PROGRESS),
    (IN_PROGRESS, COMPLETED),
    (IN_PROGRESS, CANCELLED),
}
EVERY_PAIR = [(a, b) for kind in (IncidentStatus, MaintenanceStatus) for a in kind for b in kind]


@pytest.mark.parametrize(("current", "to"), EVERY_PAIR)
def test_exactly_the_moves_of_the_contract_are_legal(current: Status, to: Status) -> None:
    if (current, to) in LEGAL:
        check(current, to)
    else:
        with pytest.raises(InvalidTransition) as caught:
            check(current, to)
        assert caught.value.args_for_wording == {"from": current, "to": to, "allowed": list(MOVES[current])}


def test_a_refused_move_says_where_it_may_go() -> None:
    with pytest.raises(InvalidTransition, match="Allowed: monitoring, resolved"):
        check(MONITORING, INVESTIGATING)


def test_nothing_follows_a_final_status() -> None:
    assert set(FINAL) == {RESOLVED, COMPLETED, CANCELLED}


@pytest.mark.parametrize("status", list(MOVES))
def test_every_status_has_words_for_an_empty_message(status: Status) -> None:
    assert default_message(status) or status is DRAFT
    assert status not in MOVES[status] or default_message(status, note=True)
