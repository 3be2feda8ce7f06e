from datetime import UTC, datetime, timedelta

from incidents.models.history import RecordedImpact
from incidents.severity import ServiceStatus
from incidents.statuspage.importing.levels import Change, impacts

START = datetime(2026, 3, 3, tzinfo=UTC)
OPERATIONAL, DEGRADED, MAJOR = (
    ServiceStatus.OPERATIONAL,
    ServiceStatus.DEGRADED_PERFORMANCE,
    ServiceStatus.MAJOR_OUTAGE,
)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def test_each_level_holds_until_the_next_change() -> None:
    changes = [Change(at(0), "api", DEGRADED), Change(at(5), "api", MAJOR), Change(at(9), "api", OPERATIONAL)]

    assert impacts(changes, ["api"], at(0), at(20)) == {
        RecordedImpact("api", DEGRADED, at(0), at(5)),
        RecordedImpact("api", MAJOR, at(5), at(9)),
    }


def test_a_repeated_level_is_one_stretch() -> None:
    changes = [Change(at(0), "api", MAJOR), Change(at(5), "api", MAJOR)]

    assert impacts(changes, ["api"], at(0), at(9)) == {RecordedImpact("api", MAJOR, at(0), at(9))}


def test_the_last_level_goes_on_while_nothing_ends_it() -> None:
    assert impacts([Change(at(1), "api", MAJOR)], [], at(0), None) == {RecordedImpact("api", MAJOR, at(1), None)}


def test_a_named_service_that_was_never_hit_is_still_named() -> None:
    assert impacts([Change(at(1), "api", OPERATIONAL)], ["api", "db"], at(0), at(9)) == {
        RecordedImpact("api", OPERATIONAL, at(0), at(9)),
        RecordedImpact("db", OPERATIONAL, at(0), at(9)),
    }


def test_what_is_said_after_the_end_changes_nothing() -> None:
    changes = [Change(at(0), "api", MAJOR), Change(at(12), "api", DEGRADED)]

    assert impacts(changes, ["api"], at(0), at(9)) == {RecordedImpact("api", MAJOR, at(0), at(9))}


def test_of_two_levels_at_one_instant_the_last_one_holds() -> None:
    changes = [Change(at(0), "api", MAJOR), Change(at(0), "api", DEGRADED)]

    assert impacts(changes, [], at(0), at(9)) == {RecordedImpact("api", DEGRADED, at(0), at(9))}


def test_a_level_that_held_for_no_time_is_none() -> None:
    changes = [Change(at(0), "api", DEGRADED), Change(at(9), "api", MAJOR)]

    assert impacts(changes, [], at(0), at(9)) == {RecordedImpact("api", DEGRADED, at(0), at(9))}
