"""Fixtures: a mail of every kind."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from django.contrib.auth.models import User

from incidents import page, roles
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.mails.confirmation import confirmation
from incidents.mails.digest import digest_mail
from incidents.mails.mail import Mail
from incidents.mails.notices import disabled_mail, ended_mail
from incidents.mails.nudge import nudge_mail
from incidents.mails.update import update_mail
from incidents.models import Actor, Channel, Incident, MaintenanceWindow, Subscription
from incidents.models.endpoint import Disabled
from incidents.models.farewell import Farewell
from tests.mails.conftest import HOUR
from tests.telling import tell_on_time

type Mails = Iterator[tuple[str, Mail | None]]


@pytest.fixture
def of_incidents(
    incident: Callable[..., Incident],
    told: Callable[[datetime], page.Notice],
    user: Callable[..., User],
    ops: Actor,
    now: datetime,
) -> Callable[..., Mails]:
    def write(to: Subscription) -> Mails:
        broken = incident(message="See [the home page](http://127.0.0.1:8000/).", next_update_at=now + HOUR, now=now)
        yield "incident", update_mail(told(now), to)
        yield "nudge", nudge_mail(user("night", roles.PLATFORM_OPS, email="night@example.com"), broken, now)
        broken.post_update(by=ops, status=IncidentStatus.IDENTIFIED, message="Found it.", now=now)
        yield "update", update_mail(told(now), to)
        broken.post_update(by=ops, status=IncidentStatus.RESOLVED, now=now)
        yield "resolved", update_mail(told(now), to)

    return write


@pytest.fixture
def of_windows(
    window: Callable[..., MaintenanceWindow], told: Callable[[datetime], page.Notice], ops: Actor, now: datetime
) -> Callable[..., Mails]:
    def write(to: Subscription) -> Mails:
        planned = {"scheduled_start_at": now + HOUR, "scheduled_end_at": now + 2 * HOUR, "now": now}
        upgrade, other = window(**planned), window(**planned)
        yield "maintenance", update_mail(told(now), to)
        yield "reminder", update_mail(replace(told(now), type=f"x.{page.REMINDED}", update=None), to)
        other.post_update(by=ops, status=MaintenanceStatus.CANCELLED, now=now)
        yield "cancelled", update_mail(told(now), to)
        for status in (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.COMPLETED):
            upgrade.post_update(by=ops, status=status, now=now)
            yield status, update_mail(told(now), to)

    return write


def of_subscriptions(to: Subscription, waiting: Subscription, called: Subscription) -> Mails:
    yield "confirm", confirmation(waiting)
    yield "manage", confirmation(to)
    yield "manage an endpoint", confirmation(called)
    yield "ended", ended_mail(Farewell(to.address, to.language, to.host))
    for called.disabled_because in (Disabled.GONE, Disabled.FAILING):
        yield f"disabled, {called.disabled_because}", disabled_mail(called)


@pytest.fixture
def mails(
    ann: Subscription,
    subscription: Callable[..., Subscription],
    of_incidents: Callable[..., Mails],
    of_windows: Callable[..., Mails],
    now: datetime,
) -> dict[str, Mail | None]:
    """Of every kind, in ann's language."""
    waiting, called = (
        subscription(address, verified=verified, language=ann.language)
        for address, verified in (("bob@example.com", False), ("cid@example.com", True))
    )
    called.channel, called.host = Channel.WEBHOOK, "hook.example"
    found = dict(of_subscriptions(ann, waiting, called))
    found |= dict(of_incidents(ann)) | dict(of_windows(ann))
    tell_on_time()
    for frequency in ("daily", "weekly"):
        ann.change(digest_frequency=frequency)
        found[frequency] = digest_mail(ann, now - HOUR, now + HOUR)
    return found
