from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents import page
from incidents.mails.mail import Mail
from incidents.mails.update import update_mail
from incidents.models import Event, Incident, MaintenanceWindow, Service, Subscription
from incidents.severity import ServiceStatus, Severity

HOUR = timedelta(hours=1)


@pytest.fixture
def told(db: None) -> Callable[[datetime], page.Notice]:
    """Of the last event that tells, as the public sees it then."""

    def tell(now: datetime) -> page.Notice:
        notice = page.notice_of(Event.objects.filter(notify=True).latest("id"), now)
        assert notice
        return notice

    return tell


@pytest.fixture
def ann(subscription: Callable[..., Subscription]) -> Subscription:
    return subscription()


@pytest.fixture
def mailed(told: Callable[[datetime], page.Notice], ann: Subscription) -> Callable[[datetime], Mail]:
    """To ann, of the last event."""
    return lambda now: update_mail(told(now), ann)


@pytest.fixture
def outage(incident: Callable[..., Incident], api: Service, login: Service, now: datetime) -> Incident:
    return incident(
        title="Requests <fail>",
        severity=Severity.MAJOR,
        description="About a third.",
        message="We are **looking**: [guide](https://example.com/guide) <img src=x> [bad](javascript:alert(1))",
        levels={api: None, login: ServiceStatus.DEGRADED_PERFORMANCE},
        next_update_at=now + HOUR,
        now=now,
    )


@pytest.fixture
def upgrade(window: Callable[..., MaintenanceWindow], api: Service, now: datetime) -> MaintenanceWindow:
    start = now + 24 * HOUR
    return window(
        scheduled_start_at=start,
        scheduled_end_at=start + HOUR,
        services=[api],
        description="A new disk.",
        message="No writes for a minute.",
        now=now,
    )
