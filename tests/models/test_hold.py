"""The hold: while nobody has been told yet, ops can think again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from incidents.errors import Conflict
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, AuditEntry, Event, Incident
from incidents.models.clock import database_now


@pytest.fixture
def posted(incident: Callable[..., Incident], ops: Actor) -> Incident:
    """Its opening was kept quiet, its first update is held."""
    story = incident(notify=False)
    story.post_update(by=ops, status=IncidentStatus.IDENTIFIED, message="It is the databsae.")
    return story


def telling() -> list[Event]:
    return list(Event.objects.filter(notify=True))


def test_what_is_posted_is_held_for_as_long_as_is_set(posted: Incident, settings: Any) -> None:
    (event,) = telling()
    assert event.due_at
    left = event.due_at - database_now()
    assert timedelta(seconds=settings.NOTIFICATION_HOLD - 10) < left <= timedelta(seconds=settings.NOTIFICATION_HOLD)
    assert list(Event.objects.held()) == [event]


def test_withdrawn_it_is_held_no_more_and_will_not_be_told(posted: Incident, ops: Actor, now: datetime) -> None:
    assert Event.withdraw(posted, by=ops, now=now) == 1

    (event,) = telling()
    assert event.withdrawn_at
    assert not Event.objects.held().exists()


def test_the_audit_trail_tells_who_withdrew(posted: Incident, ops: Actor, now: datetime) -> None:
    Event.withdraw(posted, by=ops, now=now)
    entry = AuditEntry.objects.get(action="notification_withdrawn")
    assert (entry.actor, entry.subject_id, entry.after) == ("ops", posted.pk, {"events": 1})


def test_the_update_stays_on_the_page(posted: Incident, ops: Actor, now: datetime) -> None:
    Event.withdraw(posted, by=ops, now=now)
    posted.refresh_from_db()
    assert posted.status == IncidentStatus.IDENTIFIED
    assert posted.updates.count() == 2


def test_one_of_several_can_be_withdrawn(posted: Incident, ops: Actor, now: datetime) -> None:
    posted.post_update(by=ops, status=IncidentStatus.MONITORING)
    first, second = telling()
    Event.withdraw(posted, by=ops, now=now, id=second.id)
    assert list(Event.objects.held()) == [first]


@pytest.mark.parametrize(
    "progress", [{"fanned_out_to": "abcdefghijkl"}, {"fanned_out_at": True}, {"withdrawn_at": True}]
)
def test_too_late_is_told(posted: Incident, ops: Actor, now: datetime, progress: dict[str, Any]) -> None:
    Event.objects.filter(notify=True).update(**{k: now if v is True else v for k, v in progress.items()})
    with pytest.raises(Conflict, match="too late"):
        Event.withdraw(posted, by=ops, now=now)
    assert not AuditEntry.objects.filter(action="notification_withdrawn").exists()


def test_while_no_worker_comes_it_is_not_too_late(posted: Incident, ops: Actor, now: datetime) -> None:
    Event.objects.filter(notify=True).update(due_at=database_now() - timedelta(hours=1))
    assert Event.withdraw(posted, by=ops, now=now) == 1


def test_what_others_are_told_is_not_touched(
    posted: Incident, incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    incident(title="Other")
    Event.withdraw(posted, by=ops, now=now)
    assert [event.subject_id == posted.pk for event in Event.objects.held()] == [False]


def test_a_correction_within_it_tells_nobody_a_second_time(posted: Incident, ops: Actor) -> None:
    before = telling()
    update = posted.updates.get(status=IncidentStatus.IDENTIFIED)
    update.correct("It is the database.", by=ops)
    assert telling() == before
    assert Event.objects.held().get().payload["update"]["id"] == update.pk  # whose wording is looked up when it is sent
