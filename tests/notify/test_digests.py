"""Who gets a digest, and when."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Delivery, DigestFrequency, Incident, Subscription
from incidents.models.clock import database_now
from incidents.models.message import Kind, Urgency
from incidents.models.pacing import Lane
from incidents.models.transaction import in_one_transaction
from incidents.notify.digests import LATE, MORNING, morning, write_digests
from incidents.severity import Severity
from tests.telling import tell_on_time

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SATURDAY = datetime(2026, 11, 21, 8, tzinfo=UTC)  # the morning of NOW
MONDAY = SATURDAY + 2 * DAY


@pytest.fixture
def reader(subscription: Callable[..., Subscription]) -> Callable[..., Subscription]:
    """Has been there for long, and asked for digests long ago."""

    def add(address: str = "ann@example.com", frequency: str = "daily", **wishes: Any) -> Subscription:
        row = subscription(address, digest_frequency=frequency, **wishes)
        Subscription.objects.update(verified_at=SATURDAY - 30 * DAY, digested_until=None)
        row.refresh_from_db()
        return row

    return add


@pytest.fixture
def broken(incident: Callable[..., Incident]) -> Incident:
    """Happened on Friday afternoon."""
    return incident(now=SATURDAY - 16 * HOUR)


def given(at: datetime) -> list[dict[str, Any]]:
    """What the deliveries are of that come of two workers at that time."""
    tell_on_time()
    before = set(Delivery.objects.values_list("pk", flat=True))
    write_digests(at)
    write_digests(at)
    return [row.about for row in Delivery.objects.exclude(pk__in=before)]


def span(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}


def test_it_comes_in_the_morning_and_once(broken: Incident, reader: Callable[..., Subscription]) -> None:
    row = reader()
    half_hours = [SATURDAY - 4 * HOUR + n * HOUR / 2 for n in range(48)]
    assert [at for at in half_hours if given(at)] == [SATURDAY]

    digest = Delivery.objects.get(kind=Kind.DIGEST)
    assert (digest.kind, digest.lane, digest.urgency) == (Kind.DIGEST, Lane.MAIL, Urgency.LATER)
    assert (digest.subscription, digest.about) == (row, span(SATURDAY - DAY, SATURDAY))


def test_nobody_gets_an_empty_one(reader: Callable[..., Subscription]) -> None:
    reader()
    assert given(SATURDAY) == []


@pytest.mark.parametrize(
    "wishes",
    [{"notify_incidents": False}, {"categories": ["api"]}, {"frequency": "weekly"}, {"frequency": "immediate"}],
)
@pytest.mark.usefixtures("broken", "api")
def test_nor_does_who_wants_none_of_it(reader: Callable[..., Subscription], wishes: dict[str, Any]) -> None:
    reader(**wishes)
    assert given(SATURDAY) == []


def test_who_follows_the_incident_gets_it(broken: Incident, api: Any, reader: Callable[..., Subscription]) -> None:
    row = reader(categories=["api"])
    row.incidents.add(broken)
    assert given(SATURDAY) == [span(SATURDAY - DAY, SATURDAY)]


@pytest.mark.usefixtures("broken")
def test_nor_does_who_may_not_be_sent_anything(
    reader: Callable[..., Subscription], subscription: Callable[..., Subscription], now: datetime
) -> None:
    reader()
    Subscription.objects.update(disabled_at=now)
    subscription("waits@example.com", verified=False)
    Subscription.objects.filter(verified_at=None).update(digest_frequency="daily")
    assert given(SATURDAY) == []


def test_what_is_private_is_in_none(reader: Callable[..., Subscription], incident: Callable[..., Incident]) -> None:
    incident(now=SATURDAY - HOUR, is_public=False)
    reader()
    assert given(SATURDAY) == []


def test_what_becomes_public_later_is_in_the_next(
    reader: Callable[..., Subscription], incident: Callable[..., Incident], ops: Actor
) -> None:
    reader()
    hidden = incident(now=SATURDAY - HOUR, is_public=False)
    assert given(SATURDAY) == []
    hidden.edit(by=ops, is_public=True, now=SATURDAY + HOUR)
    assert given(SATURDAY + DAY) == [span(SATURDAY, SATURDAY + DAY)]


@pytest.mark.django_db(transaction=True)
def test_who_is_still_writing_is_waited_for(reader: Callable[..., Subscription], ops: Actor, settings: Any) -> None:
    settings.NOTIFICATION_HOLD = 0
    reader()
    Subscription.objects.update(verified_at=database_now() - DAY)
    has_written = Event()

    @in_one_transaction
    def open_slowly() -> None:
        Incident.open(by=ops, title="Slow", severity=Severity.MINOR, status=IncidentStatus.INVESTIGATING)
        has_written.set()
        sleep(0.5)

    def write() -> None:
        with closing(connection):
            open_slowly()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert has_written.wait(10)
        assert write_digests(morning(DigestFrequency.DAILY, database_now() + DAY))
        writing.result()


def test_the_week_ends_on_monday_morning(broken: Incident, reader: Callable[..., Subscription]) -> None:
    reader(frequency="weekly")
    found = {at: about for n in range(9) if (about := given(at := SATURDAY + n * DAY))}
    assert found == {MONDAY: [span(MONDAY - 7 * DAY, MONDAY)]}


def test_each_begins_where_the_last_one_ended(
    broken: Incident, reader: Callable[..., Subscription], ops: Actor
) -> None:
    reader()
    broken.post_update(by=ops, status=IncidentStatus.IDENTIFIED, now=SATURDAY + HOUR / 60)
    assert given(SATURDAY + HOUR) == [span(SATURDAY - DAY, SATURDAY)]
    assert given(SATURDAY + DAY) == [span(SATURDAY, SATURDAY + DAY)]
    assert given(SATURDAY + 2 * DAY) == []


def test_when_the_worker_comes_late_the_next_morning_tells_it_all(
    broken: Incident, reader: Callable[..., Subscription]
) -> None:
    row = reader()
    Subscription.objects.update(digested_until=SATURDAY - DAY)
    assert given(SATURDAY + LATE + HOUR / 60) == []
    assert given(SATURDAY + DAY) == [span(SATURDAY - DAY, SATURDAY + DAY)]
    row.refresh_from_db()
    assert row.digested_until == SATURDAY + DAY


def test_a_database_from_long_ago_does_not_tell_it_all_again(
    broken: Incident, reader: Callable[..., Subscription]
) -> None:
    reader()
    Subscription.objects.update(digested_until=SATURDAY - 90 * DAY)
    assert given(SATURDAY) == [span(SATURDAY - 14 * DAY, SATURDAY)]


def test_who_comes_new_hears_of_nothing_from_before(
    broken: Incident, reader: Callable[..., Subscription], ops: Actor
) -> None:
    reader()
    Subscription.objects.update(verified_at=SATURDAY - HOUR)
    assert given(SATURDAY) == []
    broken.post_update(by=ops, status=IncidentStatus.IDENTIFIED, now=SATURDAY + HOUR)
    assert given(SATURDAY + DAY) == [span(SATURDAY, SATURDAY + DAY)]


def test_who_was_told_at_once_until_now_hears_nothing_twice(
    broken: Incident, subscription: Callable[..., Subscription]
) -> None:
    row = subscription()
    Subscription.objects.update(verified_at=SATURDAY - 30 * DAY)
    row.change(digest_frequency="daily", now=SATURDAY - HOUR)
    row.change(digest_frequency="weekly", now=SATURDAY - HOUR / 2)
    row.refresh_from_db()
    assert row.digested_until == SATURDAY - HOUR


@pytest.mark.usefixtures("broken")
def test_many_are_written_in_several_steps(
    reader: Callable[..., Subscription], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.notify.digests.CHUNK", 2)
    for n in range(5):
        reader(f"reader{n}@example.com")
    assert len(given(SATURDAY)) == 5


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("around", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
def test_it_is_morning_where_the_page_is_also_when_the_clocks_change(
    settings: Any, zone: str, around: datetime
) -> None:
    settings.PAGE_TIME_ZONE = zone
    hours = [around + n * HOUR for n in range(-60, 60)]
    found = sorted({morning(DigestFrequency.DAILY, at) for at in hours})
    local = [at.astimezone(ZoneInfo(zone)) for at in found]
    assert {at.time() for at in local} == {MORNING}
    assert {(later.date() - earlier.date()).days for earlier, later in pairwise(local)} == {1}
    assert all(morning(DigestFrequency.DAILY, at) <= at for at in hours)
    assert {morning(DigestFrequency.WEEKLY, at).astimezone(ZoneInfo(zone)).weekday() for at in hours} == {0}
