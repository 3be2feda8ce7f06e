"""What the page would say: it is what it says once it is so."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from incidents import page
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, Service
from incidents.severity import ServiceStatus, Severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SLOW, PARTIAL, DOWN = ServiceStatus.DEGRADED_PERFORMANCE, ServiceStatus.PARTIAL_OUTAGE, ServiceStatus.MAJOR_OUTAGE
FINE = ServiceStatus.OPERATIONAL
type Opens = Callable[..., Incident]


def shifts(found: page.Outlook) -> dict[str, tuple[ServiceStatus, ServiceStatus]]:
    return {service.name: (service.before, service.after) for service in found.changes}


def test_a_new_story_makes_its_services_worse(api: Service, login: Service, now: datetime) -> None:
    found = page.outlook({api.pk: DOWN}, now, severity_if_open=Severity.CRITICAL)
    assert shifts(found) == {"API": (FINE, DOWN)}
    assert (found.before.headline, found.after.headline) == ("All Systems Operational", "Partial System Outage")


def test_it_makes_nothing_better(api: Service, login: Service, incident: Opens, now: datetime) -> None:
    incident(title="Disk", levels={api: DOWN})
    found = page.outlook({api.pk: SLOW}, now, severity_if_open=Severity.MINOR)
    assert shifts(found) == {}
    assert [(service.name, service.after, service.others) for service in found.remaining] == [("API", DOWN, ("Disk",))]


def test_what_is_worse_than_all_else_is_its_own_doing(api: Service, incident: Opens, now: datetime) -> None:
    incident(title="Slow", levels={api: SLOW})
    assert page.outlook({api.pk: DOWN}, now).remaining == ()


@pytest.mark.parametrize("severity", [Severity.CRITICAL, Severity.MAJOR, Severity.MINOR])
def test_a_story_without_services_counts_by_its_severity(
    api: Service, incident: Opens, now: datetime, severity: Severity
) -> None:
    foreseen = page.outlook({}, now, severity_if_open=severity).after
    incident(severity=severity)
    assert page.present(now).overall == foreseen


def test_two_on_one_service_end_in_either_order(
    api: Service, login: Service, incident: Opens, ops: Actor, now: datetime
) -> None:
    slow, down = incident(title="Slow", levels={api: SLOW}), incident(title="Down", levels={api: DOWN, login: PARTIAL})
    without_slow, without_down = page.outlook({}, now, story=slow), page.outlook({}, now, story=down)
    assert shifts(without_slow) == {}
    assert shifts(without_down) == {"API": (DOWN, SLOW), "Login": (PARTIAL, FINE)}

    down.post_update(by=ops, status=IncidentStatus.RESOLVED)
    assert page.present(now).overall == without_down.after
    last = page.outlook({}, now, story=slow)
    assert (shifts(last), last.remaining) == ({"API": (SLOW, FINE)}, ())


def test_what_is_private_gives_nothing_away(
    service: Callable[..., Service], api: Service, incident: Opens, now: datetime
) -> None:
    vault = service("vault", is_public=False)
    incident(title="Secret", is_public=False, levels={api: DOWN})
    found = page.outlook({vault.pk: DOWN}, now)
    assert (shifts(found), found.remaining) == ({}, ())
    assert found.before == found.after


def test_a_window_keeps_its_services_under_maintenance(
    api: Service, incident: Opens, window: Callable[..., Any], ops: Actor, now: datetime
) -> None:
    planned = window(services=[api], scheduled_start_at=now, scheduled_end_at=now.replace(hour=20), now=now)
    planned.post_update(by=ops, status=planned.STATUS.IN_PROGRESS, now=now)
    story = incident(levels={api: DOWN})
    found = page.outlook({}, now, story=story)
    assert shifts(found) == {"API": (DOWN, ServiceStatus.UNDER_MAINTENANCE)}
    assert found.remaining[0].others == ("Upgrade",)
