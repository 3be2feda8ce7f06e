"""What a digest tells, and whom."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from incidents.lifecycle import IncidentStatus
from incidents.mails.digest import Digest, digest_mail, digests
from incidents.models import (
    Actor,
    DigestFrequency,
    Event,
    Incident,
    MaintenanceWindow,
    Service,
    ServiceGroup,
    Subscription,
)
from incidents.models.clock import database_now
from incidents.models.endpoint import Disabled
from tests.telling import tell_on_time

DAY = timedelta(days=1)


@pytest.fixture
def daily(now: datetime) -> Callable[[], Sequence[Digest]]:
    def write() -> Sequence[Digest]:
        tell_on_time()
        return list(digests(DigestFrequency.DAILY, now))

    return write


@pytest.fixture
def reader(subscription: Callable[..., Subscription]) -> Callable[..., Subscription]:
    return lambda **wishes: subscription(digest_frequency="daily", **wishes)


@pytest.fixture
def broken(incident: Callable[..., Incident], api: Service, ops: Actor, now: datetime) -> Incident:
    """Began two days ago, resolved an hour ago; hit the API."""
    story = incident(title="Broken <b>", levels={api: None}, message="It *began*.", now=now - 2 * DAY)
    story.post_update(
        by=ops, status=IncidentStatus.RESOLVED, message="It **ended** & all.", now=now - timedelta(hours=1)
    )
    tell_on_time()
    return story


@pytest.fixture
def grouped(broken: Incident, api: Service, login: Service, ops: Actor) -> Incident:
    """The same; the API is in the group `core`, the login in none."""
    api.change(by=ops, group_id=ServiceGroup.add(by=ops, slug="core", name="Core").pk)
    return broken


def test_it_tells_what_is_new_in_plain_text(
    broken: Incident, reader: Callable[..., Subscription], daily: Callable[[], Sequence[Digest]]
) -> None:
    reader()
    (digest,) = daily()
    assert digest.subject == "Status: 1 report in the last day"
    for words in ("Broken <b>", f"http://127.0.0.1:8000/incidents/{broken.pk}/", "API", "It ended & all.", "UTC"):
        assert words in digest.body
    assert "began" not in digest.body


def test_a_week_tells_more(broken: Incident, subscription: Callable[..., Subscription], now: datetime) -> None:
    subscription(digest_frequency="weekly")
    tell_on_time()
    (digest,) = digests(DigestFrequency.WEEKLY, now)
    assert digest.subject == "Status: 1 report in the last 7 days"
    assert "It began." in digest.body


def test_who_has_nothing_to_be_told_is_left_out(
    api: Service, reader: Callable[..., Subscription], daily: Callable[[], Sequence[Digest]]
) -> None:
    reader()
    assert daily() == []


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ({"notify_recovery": False}, False),
        ({"notify_incidents": False}, True),
        ({"notify_maintenance": False}, True),
        ({"categories": ["api"]}, True),
        ({"categories": ["core"]}, True),
        ({"categories": ["login"]}, False),
        ({"categories": ["login", "core"]}, True),
    ],
)
def test_it_keeps_to_the_wishes(
    grouped: Incident,
    reader: Callable[..., Subscription],
    daily: Callable[[], Sequence[Digest]],
    wishes: dict[str, object],
    told: bool,
) -> None:
    reader(**wishes)
    assert bool(daily()) is told


def test_maintenance_is_told_to_who_wants_it(
    window: Callable[..., MaintenanceWindow],
    subscription: Callable[..., Subscription],
    daily: Callable[[], Sequence[Digest]],
    now: datetime,
) -> None:
    window(title="Upgrade", scheduled_start_at=now + DAY, scheduled_end_at=now + 2 * DAY, now=now - DAY / 2)
    subscription("yes@example.com", digest_frequency="daily", notify_incidents=False, notify_recovery=False)
    subscription("no@example.com", digest_frequency="daily", notify_maintenance=False)
    assert [digest.email for digest in daily()] == ["yes@example.com"]


def test_what_names_no_service_is_for_who_wants_everything(
    incident: Callable[..., Incident],
    api: Service,
    subscription: Callable[..., Subscription],
    daily: Callable[[], Sequence[Digest]],
    now: datetime,
) -> None:
    incident(now=now)
    subscription("all@example.com", digest_frequency="daily")
    subscription("api@example.com", digest_frequency="daily", categories=["api"])
    assert [digest.email for digest in daily()] == ["all@example.com"]


def test_what_is_private_or_a_draft_does_not_exist(
    incident: Callable[..., Incident],
    service: Callable[..., Service],
    reader: Callable[..., Subscription],
    daily: Callable[[], Sequence[Digest]],
    now: datetime,
) -> None:
    hidden = service("hidden", is_public=False)
    incident(title="Private", is_public=False, now=now)
    incident(title="Draft", status=IncidentStatus.DRAFT, now=now)
    reader()
    assert daily() == []
    incident(title="Public", levels={hidden: None}, now=now)
    (digest,) = daily()
    assert "Hidden" not in digest.body


@pytest.fixture
def kept_back(
    incident: Callable[..., Incident], window: Callable[..., MaintenanceWindow], ops: Actor, now: datetime
) -> tuple[Incident, MaintenanceWindow]:
    """Written last week, and told to nobody."""
    hidden = incident(title="Kept back", message="First.", is_public=False, now=now - 9 * DAY)
    hidden.post_update(by=ops, status=IncidentStatus.IDENTIFIED, message="Then.", now=now - 8 * DAY)
    times = {"scheduled_start_at": now + DAY, "scheduled_end_at": now + 2 * DAY, "now": now - 9 * DAY}
    return hidden, window(message="Soon.", is_public=False, **times)


def test_what_became_public_later_is_told_with_its_last_word(
    kept_back: tuple[Incident, MaintenanceWindow],
    reader: Callable[..., Subscription],
    daily: Callable[[], Sequence[Digest]],
    ops: Actor,
    now: datetime,
) -> None:
    reader()
    assert daily() == []

    for story in kept_back:
        story.edit(by=ops, is_public=True, now=now - timedelta(hours=1))

    (digest,) = daily()
    assert digest.subject == "Status: 2 reports in the last day"
    assert ("First." in digest.body, "Then." in digest.body, "Soon." in digest.body) == (False, True, True)


def test_what_those_are_not_told_who_hear_at_once_is_in_none(
    incident: Callable[..., Incident],
    reader: Callable[..., Subscription],
    daily: Callable[[], Sequence[Digest]],
    ops: Actor,
    now: datetime,
) -> None:
    reader()
    incident(title="Quiet", notify=False, now=now)
    taken_back = incident(title="A mistake", now=now)
    Event.withdraw(taken_back, by=ops, now=now)
    assert daily() == []


def test_what_is_still_held_is_left_to_the_next_one(
    incident: Callable[..., Incident], reader: Callable[..., Subscription]
) -> None:
    reader()
    incident()
    assert list(digests(DigestFrequency.DAILY, database_now())) == []
    assert list(digests(DigestFrequency.DAILY, database_now() + timedelta(minutes=1)))


def test_only_who_confirmed_gets_one(
    broken: Incident, subscription: Callable[..., Subscription], daily: Callable[[], Sequence[Digest]]
) -> None:
    subscription(verified=False, digest_frequency="daily")
    assert daily() == []


def test_as_a_mail_it_has_the_same_and_the_reader_s_own_links(
    broken: Incident, subscription: Callable[..., Subscription], now: datetime
) -> None:
    row = subscription(digest_frequency="daily")
    mail = digest_mail(row, now - DAY, now)
    assert mail
    assert (mail.to, mail.subject) == ("ann@example.com", "Status: 1 report in the last day")
    soup = BeautifulSoup(mail.html, "html.parser")
    assert [title.get_text(strip=True) for title in soup.select(".story .title")] == ["Broken <b>"]
    assert "<strong>ended</strong>" in mail.html
    for own in ("manage", "unsubscribe"):
        assert f"http://127.0.0.1:8000/subscriptions/{own}/{row.pk}." in mail.text
        assert soup.select(f"a[href*='/subscriptions/{own}/{row.pk}.']")


def test_who_has_nothing_to_be_told_gets_no_mail(
    broken: Incident, subscription: Callable[..., Subscription], now: datetime
) -> None:
    row = subscription(digest_frequency="daily", notify_recovery=False)
    assert digest_mail(row, now - DAY, now) is None


def test_what_became_private_meanwhile_is_in_no_further_digest(
    broken: Incident, subscription: Callable[..., Subscription], ops: Actor, now: datetime
) -> None:
    rows = [subscription(address, digest_frequency="daily") for address in ("ann@example.com", "bob@example.com")]
    assert digest_mail(rows[0], now - DAY, now)
    broken.edit(by=ops, is_public=False, now=now)
    assert digest_mail(rows[1], now - DAY, now) is None


def test_nobody_who_is_sent_nothing_is_listed_for_one(
    broken: Incident, subscription: Callable[..., Subscription], hook: Callable[..., Subscription], now: datetime
) -> None:
    subscription("ann@example.com", digest_frequency="daily")
    subscription("bounces@example.com", digest_frequency="daily").disable(Disabled.BOUNCING, now)
    hook().change(digest_frequency="daily")

    assert [digest.email for digest in digests(DigestFrequency.DAILY, now)] == ["ann@example.com"]


def test_a_digest_is_written_once_for_all_who_want_the_same(
    broken: Incident,
    subscription: Callable[..., Subscription],
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
    now: datetime,
) -> None:
    rows = [subscription(f"ann{n}@example.com", digest_frequency="daily") for n in range(2)]
    assert digest_mail(rows[0], now - DAY, now)
    with django_assert_num_queries(1):  # whether anything changed
        assert digest_mail(rows[1], now - DAY, now)
