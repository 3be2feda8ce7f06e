"""Subscriptions at endpoints, and what they are told."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from pytest_django import Settings

from incidents import page
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Channel, Event, Incident, MaintenanceWindow, Service, Subscription, sealing
from incidents.notify import outgoing
from incidents.severity import Severity
from tests.engines import EMBEDDED, Engine, engine
from tests.notify.posting import HOST
from tests.receiver import Receiver, receiving
from tests.resolving import Names
from tests.smtp import Relay

SECRET, OLD_SECRET = ("whsec_" + letter * 32 for letter in "AB")
HOUR = timedelta(hours=1)


@pytest.fixture
def loopback(settings: Settings, socket_enabled: None) -> None:
    """Test servers are here, and speak plainly."""
    settings.WEBHOOK_ALLOW_PRIVATE = (ip_network("127.0.0.0/8"),)
    settings.WEBHOOK_ALLOW_HTTP = True


@pytest.fixture
def theirs(loopback: None, names: Names) -> Iterator[Receiver]:
    """Reached by the name HOST too."""
    names.names[HOST] = ["127.0.0.1"]
    with receiving() as found:
        yield found


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for fifteen seconds in a test."""
    monkeypatch.setattr(outgoing, "SECONDS", 0.5)
    monkeypatch.setattr(outgoing, "COURTESY_SECONDS", 0.1)


@pytest.fixture
def endpoint(subscription: Callable[..., Subscription], theirs: Receiver) -> Callable[..., Subscription]:
    """Of `theirs`: endpoint(Channel.SLACK)."""

    def make(channel: Channel = Channel.WEBHOOK) -> Subscription:
        row = subscription()
        row.channel = channel
        row.put_endpoint(theirs.url())
        row.sealed_secret = sealing.seal(SECRET.encode())
        row.save()
        return row

    return make


@pytest.fixture
def told(db: None) -> Callable[..., page.Notice]:
    """Of the last event, as the public sees it then."""

    def tell(now: datetime) -> page.Notice:
        event = Event.objects.filter(notify=True).latest("id")
        notice = page.notice_of(event, now)
        assert notice
        return notice

    return tell


@pytest.fixture
def outage(
    incident: Callable[..., Incident], api: Service, login: Service, told: Callable[..., page.Notice], now: datetime
) -> page.Notice:
    """It has just begun, and hits two services."""
    incident(
        title="Requests <fail> & wait",
        severity=Severity.MAJOR,
        description="About a third of them.",
        message="We are **looking** into it, see [our guide](https://example.com/guide?a=1&b=2).",
        levels={api: None, login: None},
        next_update_at=now + HOUR,
        now=now,
    )
    return told(now)


@pytest.fixture
def recovery(outage: page.Notice, ops: Actor, told: Callable[..., page.Notice], now: datetime) -> page.Notice:
    later = now + 2 * HOUR
    row = Incident.objects.get(pk=outage.story.id)
    row.post_update(by=ops, status=IncidentStatus.RESOLVED, message="All is well.", now=later)
    return told(later)


@pytest.fixture
def upgrade(
    window: Callable[..., MaintenanceWindow], api: Service, told: Callable[..., page.Notice], now: datetime
) -> page.Notice:
    """It is announced for tomorrow."""
    start = now + 24 * HOUR
    window(scheduled_start_at=start, scheduled_end_at=start + HOUR, services=[api], message="A new disk.", now=now)
    return told(now)


@pytest.fixture
def start(tmp_path: Path, socket_enabled: None) -> Iterator[Callable[..., Engine]]:
    """start(relay, CELERY, people=3): an engine on a database with so many subscribers to mail, and nobody at work."""
    with ExitStack() as stack:

        def prepare(relay: Relay, kind: str = EMBEDDED, *, people: int = 1, **variables: str) -> Engine:
            found = stack.enter_context(engine(kind, tmp_path, EMAIL_URL=relay.url, **variables))
            found.has_people(people)
            return found

        yield prepare
