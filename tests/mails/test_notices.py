"""Mails about the subscription itself, and those to ops."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import User

from incidents import roles
from incidents.mails.confirmation import confirmation
from incidents.mails.mail import Mail
from incidents.mails.notices import disabled_mail, ended_mail
from incidents.mails.nudge import nudge_mail
from incidents.models import Incident, MaintenanceWindow, Subscription
from incidents.models.endpoint import Disabled
from incidents.models.farewell import Farewell
from tests.mails.conftest import HOUR


def is_said(words: str, mail: Mail) -> bool:
    return words in " ".join(mail.text.split()) and words in " ".join(mail.html.split())


def test_who_was_unsubscribed_is_told_how_to_come_back() -> None:
    mail = ended_mail(Farewell("ann@example.com", language="", host=""))
    assert (mail.to, mail.subject) == ("ann@example.com", "You are unsubscribed from Status")
    assert is_said("so Status sends no more news to this address.", mail)
    assert is_said("http://127.0.0.1:8000/subscribe/", mail)
    assert "List-Unsubscribe" not in mail.headers


def test_who_answered_for_an_endpoint_is_told_which_one_has_left() -> None:
    mail = ended_mail(Farewell("ann@example.com", language="", host="hooks.example.com"))
    assert is_said("so Status sends nothing to hooks.example.com any more.", mail)


@pytest.mark.parametrize(
    ("because", "words"),
    [
        (Disabled.GONE, "hooks.example.com answered that it wants nothing more (410)."),
        (Disabled.FAILING, "For five days nothing that Status sent to hooks.example.com arrived."),
    ],
)
def test_who_answers_for_an_endpoint_is_told_why_it_gets_nothing(
    subscription: Callable[..., Subscription], because: Disabled, words: str
) -> None:
    row = subscription()
    row.put_endpoint("https://hooks.example.com/services/a-secret")
    row.disabled_because = because
    mail = disabled_mail(row)
    assert mail.to == "ann@example.com"
    assert mail.subject == "Status: your endpoint at hooks.example.com gets nothing any more"
    assert is_said(words, mail)
    assert "a-secret" not in mail.text + mail.html


def test_ops_are_told_of_a_promise_that_was_not_kept(
    user: Callable[..., User],
    incident: Callable[..., Incident],
    window: Callable[..., MaintenanceWindow],
    now: datetime,
) -> None:
    ops = user("ops", roles.PLATFORM_OPS, email="ops@example.com")
    upgrade = window(scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR, now=now)
    for timeline, path in ((incident(title="Broken <b>", now=now), "incident"), (upgrade, "maintenancewindow")):
        mail = nudge_mail(ops, timeline, now)
        assert mail.to == "ops@example.com"
        assert mail.subject == f"Status: update overdue: {timeline.title}"
        assert is_said("21 Nov 2026, 12:00 UTC", mail)
        assert is_said(f"http://127.0.0.1:8000/admin/incidents/{path}/{timeline.pk}/change/", mail)
        assert "<b>" not in mail.html


@pytest.mark.parametrize("verified", [False, True])
def test_a_mail_that_anybody_can_have_sent_has_nothing_that_they_typed(
    subscription: Callable[..., Subscription], verified: bool
) -> None:
    row = subscription("win-at-evil@example.com", verified=verified)
    row.put_endpoint("https://evil.example/win")
    mail = confirmation(row)
    assert "evil" not in mail.subject + mail.text + mail.html + str(mail.headers)
