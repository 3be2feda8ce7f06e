"""What one event tells: what the public sees now, or nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents import page
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Event, Incident, MaintenanceWindow, Service
from incidents.severity import ServiceStatus

HOUR = timedelta(hours=1)


def last() -> Event:
    return Event.objects.latest("id")


@pytest.fixture
def broken(incident: Callable[..., Incident], api: Service, now: datetime) -> Incident:
    return incident(title="Broken", message="It began.", levels={api: None}, now=now)


def test_an_update_is_told_with_its_story_and_the_state_of_the_page(broken: Incident, now: datetime) -> None:
    event = last()
    notice = page.notice_of(event, now)
    assert notice
    assert (notice.event, notice.uuid, notice.type) == (event.pk, event.uuid, "incident.opened")
    assert (notice.version, notice.story.title) == (1, "Broken")
    assert notice.update
    assert (notice.update.message, notice.word) == ("It began.", notice.update)
    assert [service.status for service in notice.catalogue.services] == [ServiceStatus.DEGRADED_PERFORMANCE]
    assert notice.overall.indicator == "minor"
    assert not notice.is_reminder


def test_it_is_about_its_own_update_though_others_followed(broken: Incident, ops: Actor, now: datetime) -> None:
    event = last()
    broken.post_update(by=ops, status=IncidentStatus.RESOLVED, message="It ended.", now=now + HOUR)
    notice = page.notice_of(event, now + HOUR)
    assert notice
    assert (notice.word.message, notice.version) == ("It began.", 1)
    assert notice.story.status is IncidentStatus.RESOLVED


def test_a_correction_of_the_wording_is_what_is_told(broken: Incident, ops: Actor, now: datetime) -> None:
    event = last()
    broken.updates.get().correct("It began at noon.", by=ops, now=now)
    notice = page.notice_of(event, now)
    assert notice
    assert notice.word.message == "It began at noon."


def test_what_is_private_by_now_is_told_to_nobody(broken: Incident, ops: Actor, now: datetime) -> None:
    event = last()
    broken.edit(by=ops, is_public=False, now=now)
    assert page.notice_of(event, now) is None


def test_nor_is_what_is_gone(broken: Incident, ops: Actor, now: datetime) -> None:
    event = last()
    broken.remove(by=ops, now=now)
    assert page.notice_of(event, now) is None


def test_nor_is_a_private_service(
    incident: Callable[..., Incident], service: Callable[..., Service], now: datetime
) -> None:
    incident(levels={service("hidden", is_public=False): None}, now=now)
    notice = page.notice_of(last(), now)
    assert notice
    assert (notice.story.affected, notice.catalogue.services, notice.word.changes) == ((), (), ())


def test_what_is_about_no_update_tells_the_newest(window: Callable[..., MaintenanceWindow], now: datetime) -> None:
    window(scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR, message="A new disk.", now=now)
    event = last()
    event.type, event.payload = f"maintenancewindow.{page.REMINDED}", {}
    notice = page.notice_of(event, now)
    assert notice
    assert notice.is_reminder
    assert (notice.update, notice.word.message) == (None, "A new disk.")
