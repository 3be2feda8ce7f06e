"""What feeds and calendars hold, of the page and of one service."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents import page
from incidents.models import Incident, MaintenanceWindow, Service

HOUR = timedelta(hours=1)


@pytest.fixture
def ahead(window: Callable[..., MaintenanceWindow], now: datetime) -> Callable[..., MaintenanceWindow]:
    def plan(**fields: object) -> MaintenanceWindow:
        return window(scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR, now=now, **fields)

    return plan


def test_a_window_is_about_the_services_that_it_is_planned_for(
    ahead: Callable[..., MaintenanceWindow], api: Service, login: Service, now: datetime
) -> None:
    both, one = ahead(services=[api, login]), ahead(services=[login])
    assert [story.id for story in page.planned(now, "api")] == [both.pk]
    assert {story.id for story in page.planned(now, "login")} == {both.pk, one.pk}


def test_an_agenda_is_what_is_planned_and_what_happened(
    ahead: Callable[..., MaintenanceWindow], incident: Callable[..., Incident], api: Service, now: datetime
) -> None:
    story, plan = incident(levels={api: None}, now=now), ahead(services=[api])
    incident(now=now)
    assert [one.id for one in page.agenda(now, "api")] == [plan.pk, story.pk]
    assert len(page.agenda(now)) == 3


@pytest.mark.parametrize("read", [page.latest, page.agenda, page.planned])
def test_of_a_private_service_nothing_is_told(
    read: Callable[..., tuple[page.Story, ...]],
    ahead: Callable[..., MaintenanceWindow],
    incident: Callable[..., Incident],
    service: Callable[..., Service],
    now: datetime,
) -> None:
    vault = service("vault", is_public=False)
    incident(levels={vault: None}, now=now)
    ahead(services=[vault])
    assert read(now, "vault") == ()


def test_the_present_agrees_with_the_home_page(
    ahead: Callable[..., MaintenanceWindow], incident: Callable[..., Incident], api: Service, now: datetime
) -> None:
    incident(levels={api: None}, now=now)
    ahead(services=[api])
    present, home = page.present(now), page.home(now)
    assert (present.overall, present.only_hit, present.changed_at) == (
        home.overall,
        present.catalogue.services[0],
        home.changed_at,
    )
    assert [story.id for story in present.incidents] == [story.id for story in home.incidents]
    assert present.in_progress == home.in_progress
