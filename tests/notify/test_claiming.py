"""Who sends which message when: one at a time has it, the most urgent first, and never more than the receiver bears."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from incidents.models import Attempt, Delivery, Event, Incident, Pacing, Subscription
from incidents.models.claiming import BATCHES, LEASE, broke, claim, expire, is_due, queue
from incidents.models.clock import database_now
from incidents.models.delivery import RETRIES
from incidents.models.endpoint import Disabled
from incidents.models.health import BOUNCES, FAILING_FOR
from incidents.models.message import Kind, State, Urgency
from incidents.models.pacing import PROBE, Lane
from incidents.notify import outgoing
from incidents.notify.channels import webhook
from incidents.notify.sending import LONGEST
from incidents.notify.smtp import COURTESY_SECONDS
from statussite.settings import MAIL_SECONDS
from tests.notify.situations import hook, mailbox, waiting

SECOND = timedelta(seconds=1)


@pytest.fixture
def now(db: None) -> datetime:
    """That of the database."""
    return database_now()


@pytest.fixture(autouse=True)
def _as_fast_as_it_goes(settings: Settings) -> None:
    settings.MAILS_PER_SECOND = settings.HOOKS_PER_SECOND = 0


@pytest.fixture
def event(incident: Callable[..., Incident]) -> Callable[[], Event]:
    def happen() -> Event:
        incident()
        return Event.objects.latest("id")

    return happen


def take(now: datetime, lane: Lane = Lane.MAIL, *, failing: bool = False) -> list[Delivery]:
    return list(claim(lane, now, failing=failing).deliveries)


def attempts_until_given_up(delivery: Delivery, now: datetime, retry_after: timedelta | None = None) -> list[timedelta]:
    """How long was waited before each but the first."""
    pauses: list[timedelta] = []
    while True:
        (taken,) = take(now, Lane(delivery.lane)) or take(now, Lane(delivery.lane), failing=True)
        taken.failed("timeout", now, retry_after=retry_after)
        delivery.refresh_from_db()
        if delivery.state == State.DEAD:
            return pauses
        pauses.append(delivery.due_at - now)
        now = delivery.due_at


# Whose turn it is


def test_what_is_urgent_goes_first_and_then_the_newest(now: datetime, event: Callable[[], Event]) -> None:
    row = mailbox()
    old, new = event(), event()
    digest = waiting(row, kind=Kind.DIGEST, urgency=Urgency.LATER)
    of_old, of_new = (waiting(row, kind=Kind.EVENT, event=one, urgency=Urgency.NEWS) for one in (old, new))
    confirmation = waiting(row, urgency=Urgency.AT_ONCE)

    assert take(database_now()) == [confirmation, of_new, of_old, digest]


@pytest.mark.postgres
def test_however_many_wait_the_next_are_read_off_an_index(now: datetime) -> None:
    for n in range(30):
        waiting(mailbox(f"ann{n}@example.com"))
    with connection.cursor() as cursor:  # so few it would sort, if it might
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; ANALYZE incidents_delivery")
    plan = queue(Lane.MAIL, now).select_related("event", "subscription", "user")[:20].explain()
    assert "delivery_next" in plan
    assert "Sort" not in plan


def test_what_is_not_due_is_left_alone(now: datetime) -> None:
    waiting(mailbox(), due_at=now + SECOND)

    assert (take(now), is_due(Lane.MAIL, now)) == ([], False)
    assert len(take(now + SECOND)) == 1


def test_nobody_else_takes_what_somebody_has(now: datetime) -> None:
    waiting(mailbox(), now=now)

    assert [len(take(now)), len(take(now))] == [1, 0]


def test_few_are_taken_at_a_time(now: datetime) -> None:
    row = mailbox()
    for _ in range(BATCHES[Lane.MAIL] + 5):
        waiting(row, now=now)

    assert [len(take(now)), len(take(now))] == [BATCHES[Lane.MAIL], 5]


def test_an_endpoint_has_one_at_a_time_and_the_oldest_first(now: datetime, event: Callable[[], Event]) -> None:
    row = hook()
    new, old = event(), event()
    second, first = (waiting(row, kind=Kind.EVENT, event=one, now=now) for one in (old, new))

    (taken,) = take(now, Lane.HOOK)
    assert taken == first
    assert take(now, Lane.HOOK) == []
    taken.was_sent(now)
    assert take(now, Lane.HOOK) == [second]


def test_a_host_has_four_at_a_time(now: datetime) -> None:
    for n in range(6):
        waiting(hook(f"https://busy.example/{n}"), now=now)
    elsewhere = waiting(hook("https://quiet.example/"), now=now)

    taken = [one for _ in range(7) for one in take(now, Lane.HOOK)]
    assert len(taken) == 5
    assert elsewhere in taken


def test_endpoints_that_failed_last_hold_up_only_one_another(now: datetime) -> None:
    bad = waiting(hook("https://bad.example/", failing_since=now, failures=1), now=now)
    good = waiting(hook("https://good.example/"), now=now)

    assert take(now, Lane.HOOK) == [good]
    assert take(now, Lane.HOOK, failing=True) == [bad]


def test_the_rate_holds_for_all_workers_together(now: datetime, settings: Settings) -> None:
    settings.MAILS_PER_SECOND = 30
    row = mailbox()
    for _ in range(100):
        waiting(row, now=now)

    assert [len(take(now)) for _ in range(4)] == [20, 10, 0, 0]
    assert len(take(now + SECOND / 2)) == 15
    assert [len(take(now + 60 * SECOND)) for _ in range(3)] == [20, 10, 0]  # what was not used is lost


# What becomes of it


def test_a_message_that_was_sent_is_through(now: datetime) -> None:
    delivery = waiting(mailbox(), now=now)
    (taken,) = take(now)

    assert taken.was_sent(now, status=250, milliseconds=7)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.finished_at) == (State.SENT, 1, now)
    assert list(delivery.history.values_list("number", "status", "milliseconds", "error")) == [(1, 250, 7, "")]
    assert not is_due(Lane.MAIL, now + LEASE)


@pytest.mark.parametrize(("lane", "subscriber"), [(Lane.MAIL, mailbox), (Lane.HOOK, hook)])
def test_a_failure_is_tried_again_later_and_later_and_then_no_more(
    now: datetime, lane: Lane, subscriber: Callable[[], Subscription]
) -> None:
    row = subscriber()
    delivery = waiting(row, now=now)
    pauses = attempts_until_given_up(delivery, now)

    assert len(pauses) == len(RETRIES[lane])
    for pause, planned in zip(pauses, RETRIES[lane], strict=True):
        assert 0.8 * planned <= pause <= 1.2 * planned
    assert delivery.history.count() == delivery.attempts == len(pauses) + 1


def test_what_is_no_use_is_not_tried_again(now: datetime) -> None:
    delivery = waiting(mailbox(), now=now)
    take(now)[0].failed("refused", now, status=550, permanent=True)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_status, delivery.last_error) == (State.DEAD, 550, "refused")


@pytest.mark.parametrize(
    ("asked", "granted"), [(timedelta(hours=1), timedelta(hours=1)), (timedelta(days=300), timedelta(hours=24))]
)
def test_a_receiver_may_ask_for_patience_within_reason(now: datetime, asked: timedelta, granted: timedelta) -> None:
    delivery = waiting(hook(), now=now)
    take(now, Lane.HOOK)[0].failed("status", now, status=429, retry_after=asked)

    delivery.refresh_from_db()
    assert delivery.due_at == now + granted


def test_but_impatience_does_not_use_up_the_attempts(now: datetime) -> None:
    pauses = attempts_until_given_up(waiting(hook(), now=now), now, retry_after=SECOND)

    assert sum(pauses, timedelta()) > timedelta(hours=24)


def test_what_was_given_back_has_cost_nothing(now: datetime) -> None:
    delivery = waiting(mailbox(), now=now)
    take(now)[0].give_back()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.PENDING, 0)
    assert take(now) == [delivery]


def test_what_a_dead_worker_had_is_taken_by_another(now: datetime) -> None:
    waiting(mailbox(), now=now)
    (lost,) = take(now)

    assert (expire(now + LEASE - SECOND), expire(now + LEASE)) == (0, 1)
    (found,) = take(now + LEASE)
    assert (found.attempts, found.last_error) == (1, "lost")
    assert not lost.was_sent(now + LEASE)  # it only slept: its word counts no more
    assert found.was_sent(now + LEASE)
    assert Attempt.objects.count() == 2


def test_what_a_worker_was_lost_with_is_taken_alone(now: datetime) -> None:
    row = mailbox()
    for _ in range(3):
        waiting(row, now=now)
    take(now)
    expire(now + LEASE)
    waiting(row, now=now)

    assert [len(take(now + LEASE)) for _ in range(4)] == [1, 1, 1, 1]


def test_what_kills_each_worker_is_given_up_at_last(now: datetime) -> None:
    delivery = waiting(mailbox(), now=now)
    while take(now):
        now += LEASE
        expire(now)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.DEAD, len(RETRIES[Lane.MAIL]) + 1)


# The relay is down


def test_nobody_sends_while_the_relay_is_down_and_one_message_finds_out(now: datetime) -> None:
    row = mailbox()
    for _ in range(4):
        waiting(row, now=now)
    first = claim(Lane.MAIL, now)
    for one in first.deliveries:
        one.give_back()
    until = broke(first, Lane.MAIL, now)

    assert (is_due(Lane.MAIL, until - SECOND), take(until - SECOND)) == (False, [])
    probe = claim(Lane.MAIL, until)
    assert (probe.is_probe, len(probe.deliveries)) == (True, 1)
    assert take(until + SECOND) == []
    Pacing.works(Lane.MAIL)
    assert len(take(until + SECOND)) == 3


def test_pauses_grow_while_it_stays_down(now: datetime) -> None:
    waiting(mailbox(), now=now)
    pauses = []
    for _ in range(6):
        tried = claim(Lane.MAIL, now)
        tried.deliveries[0].give_back()
        until = broke(tried, Lane.MAIL, now)
        pauses.append((until - now) / SECOND)
        now = until

    assert pauses == [5, 10, 20, 40, 60, 60]


def test_many_who_find_it_down_at_once_count_as_one(now: datetime) -> None:
    row = mailbox()
    for _ in range(3 * BATCHES[Lane.MAIL]):
        waiting(row, now=now)
    claims = [claim(Lane.MAIL, now) for _ in range(3)]

    assert {broke(one, Lane.MAIL, now) for one in claims} == {now + 5 * SECOND}


def test_a_probe_that_never_comes_back_is_followed_by_another(now: datetime) -> None:
    row = mailbox()
    for _ in range(3):
        waiting(row, now=now)
    until = broke(claim(Lane.MAIL, now), Lane.MAIL, now)
    expire(now + LEASE)
    assert claim(Lane.MAIL, now + LEASE).is_probe
    assert take(now + LEASE + PROBE - SECOND) == []
    assert claim(Lane.MAIL, now + LEASE + PROBE).is_probe
    assert until < now + LEASE


# How a subscriber is doing


def refuse(row: Subscription, now: datetime, *, gone: bool = False) -> None:
    waiting(row, now=now)
    lane = Lane.MAIL if row.channel == "email" else Lane.HOOK
    (taken,) = take(now, lane) or take(now, lane, failing=True)
    taken.failed("refused", now, gone=gone)


def test_a_mailbox_that_refuses_three_times_is_left_alone(now: datetime) -> None:
    row = mailbox()
    for _ in range(BOUNCES):
        assert row.disabled_at is None
        refuse(row, now, gone=True)
        row.refresh_from_db()

    assert row.disabled_because == Disabled.BOUNCING
    assert not row.deliveries.filter(kind=Kind.NOTICE).exists()  # where should it go


def test_a_mail_that_arrives_forgives_what_was_refused(now: datetime) -> None:
    row = mailbox(failures=BOUNCES - 1, failing_since=now)
    waiting(row, now=now)
    take(now)[0].was_sent(now)
    refuse(row, now, gone=True)

    row.refresh_from_db()
    assert (row.failures, row.disabled_at) == (1, None)


def test_a_relay_that_is_slow_says_nothing_about_a_mailbox(now: datetime) -> None:
    row = mailbox()
    for _ in range(BOUNCES):
        refuse(row, now)

    row.refresh_from_db()
    assert (row.failures, row.disabled_at) == (0, None)


def test_an_endpoint_that_is_gone_is_disabled_and_its_holder_told(now: datetime, event: Callable[[], Event]) -> None:
    row = hook()
    refuse(row, now, gone=True)

    row.refresh_from_db()
    assert (row.disabled_because, row.disabled_at) == (Disabled.GONE, now)
    (notice,) = row.deliveries.filter(kind=Kind.NOTICE)
    assert (notice.lane, notice.urgency) == (Lane.MAIL, Urgency.AT_ONCE)


def test_what_waited_for_an_endpoint_that_is_gone_is_not_sent(now: datetime) -> None:
    row = hook()
    other = waiting(row, now=now, due_at=now + SECOND)
    refuse(row, now, gone=True)

    other.refresh_from_db()
    assert other.state == State.CANCELLED


@pytest.mark.parametrize(("days", "because"), [(4, ""), (5, Disabled.FAILING)])
def test_an_endpoint_that_only_fails_is_disabled_after_five_days(now: datetime, days: int, because: str) -> None:
    row = hook()
    refuse(row, now)
    refuse(row, now + days * (FAILING_FOR / 5))

    row.refresh_from_db()
    assert row.disabled_because == because


def test_a_fault_of_ours_says_nothing_about_an_endpoint(now: datetime) -> None:
    row = hook()
    waiting(row, now=now)
    take(now, Lane.HOOK)[0].failed("rendering", now, ours=True)

    row.refresh_from_db()
    assert (row.failures, row.failing_since) == (0, None)


def test_one_success_begins_the_five_days_anew(now: datetime) -> None:
    row = hook(failing_since=now - 2 * FAILING_FOR, failures=random.randint(1, 99))
    waiting(row, now=now)
    take(now, Lane.HOOK, failing=True)[0].was_sent(now)

    row.refresh_from_db()
    assert (row.failing_since, row.failures) == (None, 0)


def test_a_mail_to_who_answers_for_an_endpoint_says_nothing_about_the_endpoint(now: datetime) -> None:
    row = hook(failing_since=now, failures=3)
    for sent in (False, True):
        waiting(row, lane=Lane.MAIL, now=now)
        (taken,) = take(now)
        taken.was_sent(now) if sent else taken.failed("refused", now, permanent=True, gone=True)

    row.refresh_from_db()
    assert (row.failing_since, row.failures, row.disabled_at) == (now, 3, None)


def test_who_has_a_message_is_done_with_it_before_the_lease_ends() -> None:
    to_record_it = 5.0  # seconds
    assert max(webhook.ALL_SECONDS, outgoing.SECONDS, MAIL_SECONDS + COURTESY_SECONDS) <= LONGEST
    assert LONGEST + to_record_it < LEASE.total_seconds()
