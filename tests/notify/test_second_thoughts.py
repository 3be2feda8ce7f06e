"""From the desk to the mailbox: what was corrected or withdrawn in time, and what the worker tells by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from incidents import roles
from incidents.lifecycle import IncidentStatus
from incidents.mails.mail import Mail
from incidents.models import Actor, Delivery, Event, Incident, MaintenanceWindow, Subscription
from incidents.models.clock import database_now
from incidents.models.message import Kind
from incidents.models.promises import nudge
from incidents.models.reminders import remind
from incidents.notify.digests import write_digests
from incidents.notify.fan_out import fan_out
from incidents.notify.letters import letter
from incidents.notify.news import news
from tests.telling import tell_on_time

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def reader(subscription: Callable[..., Subscription]) -> Subscription:
    return subscription("ann@example.com")


def mailed(kind: Kind = Kind.EVENT) -> list[Mail]:
    """What goes out after the hold."""
    fan_out(database_now() + MINUTE)
    rows = Delivery.objects.filter(kind=kind, finished_at=None).order_by("event")
    found = [letter(delivery, news(delivery.event)) for delivery in rows]
    return [mail for mail in found if mail is not None]


def test_a_correction_within_the_hold_goes_out_in_its_new_words_and_once(
    reader: Subscription, incident: Callable[..., Incident], ops: Actor
) -> None:
    incident(message="It is the databsae.").updates.get().correct("It is the database.", by=ops)
    (mail,) = mailed()
    for text in (mail.text, mail.html):
        assert "It is the database." in text
        assert "databsae" not in text


def test_what_was_withdrawn_goes_to_nobody(
    reader: Subscription, incident: Callable[..., Incident], ops: Actor, now: datetime
) -> None:
    story = incident()
    Event.withdraw(story, by=ops, now=now)
    assert mailed() == []
    story.post_update(by=ops, status=IncidentStatus.IDENTIFIED, message="Found it.")
    assert ["Found it." in mail.text for mail in mailed()] == [True]


def test_what_becomes_public_is_mailed_once(
    reader: Subscription, incident: Callable[..., Incident], ops: Actor
) -> None:
    private = incident(is_public=False, message="Only between us?")
    assert mailed() == []
    private.edit(by=ops, is_public=True)
    assert ["Only between us?" in mail.text for mail in mailed()] == [True]
    assert mailed() == mailed()


def test_a_reminder_is_mailed(reader: Subscription, window: Callable[..., MaintenanceWindow]) -> None:
    now = database_now()
    window(now=now - 48 * HOUR, notify=False, scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR)
    remind(now, (24, 1))
    assert ["Upgrade" in mail.subject for mail in mailed()] == [True]


def test_a_nudge_is_mailed_while_the_word_is_missing(
    incident: Callable[..., Incident], user: Callable[..., User], ops: Actor
) -> None:
    user("night", roles.PLATFORM_OPS, email="night@example.com")
    now = database_now()
    story = incident(now=now - 2 * HOUR, next_update_at=now - HOUR)
    nudge(now)
    assert [(mail.to, "Broken" in mail.subject) for mail in mailed(Kind.NUDGE)] == [("night@example.com", True)]
    story.post_update(by=ops, status=IncidentStatus.IDENTIFIED)
    assert mailed(Kind.NUDGE) == []


def test_a_digest_is_mailed(subscription: Callable[..., Subscription], incident: Callable[..., Incident]) -> None:
    morning = datetime.fromisoformat("2026-11-21T08:00Z")
    subscription("ann@example.com", digest_frequency="daily")
    Subscription.objects.update(verified_at=morning - 48 * HOUR, digested_until=None)
    incident(now=morning - HOUR, message="We look.")
    tell_on_time()
    write_digests(morning)
    assert ["We look." in mail.text for mail in mailed(Kind.DIGEST)] == [True]
