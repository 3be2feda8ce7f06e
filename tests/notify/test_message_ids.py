"""Whoever gets a mail twice can tell: it has one id, however often it is sent. Of every kind, by real SMTP."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from incidents import roles
from incidents.models import Delivery, Incident, Subscription
from incidents.models.clock import database_now
from incidents.models.endpoint import Disabled
from incidents.models.health import disable
from incidents.models.message import Kind
from incidents.models.promises import nudge
from incidents.notify.fan_out import fan_out
from incidents.notify.senders import send_what_is_due
from tests.notify.situations import hook, mailbox, waiting
from tests.notify.test_confirmations import use
from tests.smtp import Relay, relaying

HOUR = timedelta(hours=1)
SUBJECTS = {
    "Confirm your subscription to Status",
    "Your subscription to Status",
    "You are unsubscribed from Status",
    "Status: your endpoint at hooks.example.com gets nothing any more",
    "Status: update overdue: Broken",
    "Status: 1 report in the last day",
    "[Status] Investigating: Broken",
}


@pytest.fixture
def relay(settings: Settings, socket_enabled: None) -> Iterator[Relay]:
    settings.NOTIFICATION_HOLD = settings.MAILS_PER_SECOND = 0
    with relaying() as found:
        use(settings, found.url)
        yield found


@pytest.fixture
def every_kind(relay: Relay, incident: Callable[..., Incident], user: Callable[..., User]) -> None:
    """One mail of each waits."""
    now = database_now()
    user("ops", roles.PLATFORM_OPS, email="ops@example.com")
    Subscription.subscribe("new@example.com")
    waiting(mailbox("known@example.com", everything=False))
    mailbox("leaves@example.com").unsubscribe()
    disable(hook("https://hooks.example.com/a", address="owner@example.com"), Disabled.GONE, now)
    incident(now=now - 2 * HOUR, next_update_at=now - HOUR)
    nudge(now)
    mailbox("told@example.com")
    fan_out(database_now())
    reader = mailbox("daily@example.com", digest_frequency="daily")
    about = {"since": (now - 24 * HOUR).isoformat(), "until": (now + HOUR).isoformat()}
    waiting(reader, kind=Kind.DIGEST, about=about)


@pytest.mark.usefixtures("every_kind")
def test_every_mail_keeps_its_id_and_has_a_date(relay: Relay) -> None:
    relay.answers["END"] = "451 who knows"  # it has it all the same
    send_what_is_due()
    relay.answers.clear()
    Delivery.objects.waiting().update(due_at=database_now())
    send_what_is_due()

    mails = [sent.message for sent in relay.received]
    ids = {f"<{delivery.pk}@127.0.0.1>" for delivery in Delivery.objects.all()}
    assert {str(mail["Subject"]) for mail in mails} == SUBJECTS
    assert Counter(str(mail["Message-ID"]) for mail in mails) == dict.fromkeys(ids, 2)
    assert {len(mail.get_all(name, [])) for mail in mails for name in ("Message-ID", "Date")} == {1}
    now = database_now()
    assert all(abs(now - parsedate_to_datetime(mail["Date"])) < HOUR for mail in mails)
