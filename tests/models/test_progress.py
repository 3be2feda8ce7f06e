"""How far the telling has got."""

from collections.abc import Callable
from datetime import datetime

import pytest

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Channel, Delivery, Event, Incident, Service, Subscription
from incidents.models.clock import database_now
from incidents.models.message import State
from incidents.models.progress import Phase, Tally, Telling, progress


@pytest.fixture
def story(incident: Callable[..., Incident], api: Service) -> Incident:
    return incident(levels={api: None})


@pytest.fixture
def told(story: Incident) -> Callable[[], Telling]:
    """The newest event about the story, as it is now."""
    return lambda: progress(story, database_now())[0]


@pytest.fixture
def three(subscription: Callable[..., Subscription], hook: Callable[..., Subscription]) -> list[Subscription]:
    """Two mailboxes and a webhook."""
    return [subscription("ann@example.com"), subscription("bob@example.com"), hook()]


def fan_out() -> Event:
    event = Event.objects.get(notify=True)
    event.fanned_out_at = database_now()
    event.save(update_fields=["fanned_out_at"])
    return event


def test_while_it_is_held_it_says_who_will_be_told_and_when(
    three: list[Subscription], told: Callable[[], Telling]
) -> None:
    found = told()
    assert found.phase is Phase.HELD
    assert found.tallies == (Tally(Channel.EMAIL, waiting=2), Tally(Channel.WEBHOOK, waiting=1))
    assert 20 < found.seconds_left <= 30


def test_only_those_count_whom_it_is_about(
    three: list[Subscription], login: Service, told: Callable[[], Telling]
) -> None:
    three[0].change(categories=["login"])
    assert told().total.people == 2


def test_withdrawn_nobody_is_told(story: Incident, ops: Actor, now: datetime, told: Callable[[], Telling]) -> None:
    Event.withdraw(story, by=ops, now=now)
    assert (told().phase, told().total.people) == (Phase.WITHDRAWN, 0)


def test_then_it_counts_what_became_of_each(
    three: list[Subscription], told: Callable[[], Telling], delivery: Callable[..., Delivery]
) -> None:
    states = (State.SENT, State.RETRY, State.DEAD)
    event = fan_out()
    for row, state in zip(three, states, strict=True):
        delivery(row, state, event=event)

    found = told()
    assert found.phase is Phase.SENDING
    assert found.tallies == (Tally(Channel.EMAIL, sent=1, waiting=1), Tally(Channel.WEBHOOK, failed=1))


def test_it_is_done_when_nothing_waits(
    three: list[Subscription], told: Callable[[], Telling], delivery: Callable[..., Delivery]
) -> None:
    event = fan_out()
    for row, state in zip(three, (State.SENT, State.SUPERSEDED, State.CANCELLED), strict=True):
        delivery(row, state, event=event)
    assert told().phase is Phase.DONE
    assert told().total == Tally("", sent=1, dropped=2)


def test_who_has_left_since_still_counts(
    three: list[Subscription], told: Callable[[], Telling], delivery: Callable[..., Delivery]
) -> None:
    event = fan_out()
    for row in three:
        delivery(row, State.SENT, event=event)
        row.unsubscribe()
    assert told().tallies == (Tally(Channel.EMAIL, sent=2), Tally("", sent=1))


def test_it_names_the_update_and_puts_the_newest_first(story: Incident, ops: Actor) -> None:
    update = story.post_update(by=ops, status=IncidentStatus.MONITORING)
    story.post_update(by=ops, status=IncidentStatus.MONITORING, notify=False)
    newest, opening = progress(story, database_now())
    assert newest.update == update.pk
    assert opening.update == story.updates.earliest("version").pk
