from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from incidents import page, uptime
from incidents.errors import NotFound
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from incidents.severity import ServiceStatus, Severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RESOLVED = IncidentStatus.RESOLVED
type Opener = Callable[..., Incident]


@pytest.fixture
def past(incident: Opener, now: datetime) -> Opener:
    """Records an incident that is over: past(began=…, ended=…) in hours before now."""

    def record(began: float, ended: float, **fields: object) -> Incident:
        span = {"started_at": now - began * HOUR, "resolved_at": now - ended * HOUR}
        return incident(status=RESOLVED, **span, **fields)

    return record


def headline(now: datetime) -> str:
    return page.home(now).overall.headline


def test_an_empty_page_is_operational(now: datetime) -> None:
    shown = page.home(now)
    assert (shown.overall.headline, shown.incidents, shown.changed_at) == ("All Systems Operational", (), None)


def test_the_headline_follows_the_services(now: datetime, incident: Opener, api: Service, login: Service) -> None:
    incident(levels={api: ServiceStatus.PARTIAL_OUTAGE})
    assert headline(now) == "Minor Service Outage"


def test_an_incident_that_names_no_service_counts_by_its_severity(
    now: datetime, incident: Opener, api: Service
) -> None:
    incident(severity=Severity.CRITICAL)
    assert headline(now) == "Major System Outage"


def test_an_incident_whose_services_have_recovered_no_longer_counts(
    now: datetime, incident: Opener, ops: Actor, api: Service
) -> None:
    opened = incident(levels={api: None}, now=now - HOUR)
    opened.post_update(by=ops, status=IncidentStatus.MONITORING, levels={}, now=now)
    assert headline(now) == "All Systems Operational"


def test_only_public_services_and_incidents_count(
    now: datetime, incident: Opener, api: Service, service: Callable[..., Service]
) -> None:
    incident(levels={api: None}, is_public=False)
    incident(levels={api: None}, status=IncidentStatus.DRAFT)
    service("internal", is_public=False)
    shown = page.home(now)
    assert (shown.overall.indicator, shown.incidents, len(shown.catalogue.services)) == ("none", (), 1)


def test_a_private_service_is_not_named_by_a_public_incident(
    now: datetime, incident: Opener, service: Callable[..., Service]
) -> None:
    opened = incident(levels={service("internal", is_public=False): None})
    assert page.incident(opened.pk, now).affected == ()


def test_the_one_service_that_is_hit_is_named(now: datetime, incident: Opener, api: Service, login: Service) -> None:
    incident(levels={api: None})
    assert page.home(now).only_hit == page.catalogue(now, days=90).services[0]
    incident(levels={login: None})
    assert page.home(now).only_hit is None


def test_groups_and_ungrouped_services_share_one_order(
    now: datetime, service: Callable[..., Service], ops: Actor
) -> None:
    group = ServiceGroup.add(by=ops, slug="eu", name="Europe", position=2)
    service("last", position=3)
    service("first", position=1)
    service("inside", group=group)
    ServiceGroup.add(by=ops, slug="none", name="Nothing in it")
    assert [section.slug for section in page.catalogue(now).sections] == ["first", "eu", "last"]


def test_a_group_shows_its_worst_service(
    now: datetime, service: Callable[..., Service], ops: Actor, incident: Opener
) -> None:
    group = ServiceGroup.add(by=ops, slug="eu", name="Europe")
    service("fine", group=group)
    incident(levels={service("ill", group=group): ServiceStatus.MAJOR_OUTAGE})
    assert page.catalogue(now).sections[0].status is ServiceStatus.MAJOR_OUTAGE


def test_a_long_incident_appears_on_the_day_it_ended(now: datetime, past: Opener) -> None:
    long = past(began=100, ended=30)
    days = page.home(now).past
    assert len(days) == 15
    assert [day.date for day in days if day.stories] == [date(2026, 11, 20)]
    assert days[1].stories[0].id == long.pk


def test_days_follow_the_zone_of_the_page(now: datetime, past: Opener, settings: object) -> None:
    settings.PAGE_TIME_ZONE = "Pacific/Auckland"  # type: ignore[attr-defined]
    past(began=2, ended=1)  # 11:00 UTC is midnight there
    assert page.home(now).past[0].date == date(2026, 11, 22)
    assert page.home(now).past[0].stories


def test_days_before_a_service_existed_have_no_value(
    now: datetime, service: Callable[..., Service], past: Opener
) -> None:
    young = service("young", now=now - 3 * DAY)
    past(began=48, ended=24, levels={young: ServiceStatus.MAJOR_OUTAGE})
    [shown] = page.catalogue(now, days=90).services
    assert [day.uptime is None for day in shown.days] == [True] * 86 + [False] * 4
    assert uptime.percent(shown.uptime) == Decimal("66.66")


def test_an_incident_shows_its_affected_services_over_its_life(
    now: datetime, incident: Opener, ops: Actor, api: Service
) -> None:
    opened = incident(levels={api: ServiceStatus.MAJOR_OUTAGE}, now=now - 3 * HOUR)
    opened.post_update(
        by=ops, status=IncidentStatus.MONITORING, levels={api: ServiceStatus.DEGRADED_PERFORMANCE}, now=now - HOUR
    )
    [affected] = page.incident(opened.pk, now).affected
    assert (affected.level, affected.ended_at, affected.duration) == (ServiceStatus.MAJOR_OUTAGE, None, 3 * HOUR)


def test_an_open_incident_lasts_until_now_and_shows_the_promise(now: datetime, incident: Opener, ops: Actor) -> None:
    opened = incident(now=now - HOUR, next_update_at=now + HOUR)
    shown = page.incident(opened.pk, now)
    assert (shown.duration, shown.next_update_at) == (HOUR, now + HOUR)
    opened.post_update(by=ops, status=IncidentStatus.IDENTIFIED)
    assert page.incident(opened.pk, now).next_update_at is None


@pytest.mark.parametrize("hidden", [{"is_public": False}, {"status": IncidentStatus.DRAFT}])
def test_what_is_not_public_is_not_found(now: datetime, incident: Opener, hidden: dict[str, object]) -> None:
    opened = incident(**hidden)
    with pytest.raises(NotFound):
        page.incident(opened.pk, now)


def test_neighbours_and_relatives_never_lead_to_what_is_private(
    now: datetime, past: Opener, incident: Opener, ops: Actor
) -> None:
    oldest, hidden = past(began=9, ended=8), past(began=7, ended=6, is_public=False)
    shown = page.incident(incident(continues=hidden).pk, now)
    assert (shown.continues, shown.older.id if shown.older else None, shown.newer) == (None, oldest.pk, None)


def test_both_ends_of_a_continuation_link_to_each_other(now: datetime, past: Opener, incident: Opener) -> None:
    first = past(began=9, ended=8)
    second = incident(continues=first)
    assert page.incident(second.pk, now).continues == page.Link(first.pk, "Broken")
    assert page.incident(first.pk, now).continued_by == (page.Link(second.pk, "Broken"),)


def test_a_postmortem_shows_once_published(now: datetime, past: Opener, ops: Actor) -> None:
    over = past(began=9, ended=8)
    over.write_postmortem("Why", published=False, by=ops)
    assert page.incident(over.pk, now).postmortem == ""
    over.write_postmortem("Why", published=True, by=ops)
    assert page.incident(over.pk, now).postmortem == "Why"


def test_history_opens_at_the_newest_month_that_has_something(now: datetime, past: Opener) -> None:
    assert page.newest_month(now) == date(2026, 11, 1)
    past(began=24 * 70, ended=24 * 69)
    assert page.newest_month(now) == date(2026, 9, 1)


def test_months_lead_over_empty_ones_to_the_next_with_something(now: datetime, past: Opener) -> None:
    past(began=24 * 100, ended=24 * 99)
    past(began=3, ended=2)
    november = page.month(date(2026, 11, 1), now)
    assert (november.older, november.newer, len(november.stories)) == (date(2026, 8, 1), None, 1)
    assert page.month(date(2026, 9, 1), now).newer == date(2026, 11, 1)


def test_a_month_that_has_not_begun_is_not_found(now: datetime) -> None:
    with pytest.raises(NotFound):
        page.month(date(2026, 12, 1), now)


def test_scheduled_maintenance_is_upcoming_and_cancelled_is_history(
    now: datetime, window: Callable[..., MaintenanceWindow], api: Service, ops: Actor
) -> None:
    planned = window(scheduled_start_at=now + HOUR, scheduled_end_at=now + 2 * HOUR, services=[api])
    assert [w.id for w in page.home(now).upcoming] == [planned.pk]
    assert page.home(now).upcoming[0].affected[0].slug == "api"
    planned.post_update(by=ops, status=planned.STATUS.CANCELLED)
    assert page.home(now).upcoming == ()
    assert page.month(date(2026, 11, 1), now).stories[0].id == planned.pk


def test_a_service_page_tells_windows_months_and_incidents(
    now: datetime, past: Opener, service: Callable[..., Service]
) -> None:
    old = service("old", start_date=date(2025, 1, 1))
    past(began=24, ended=12, levels={old: ServiceStatus.MAJOR_OUTAGE})
    shown = page.service("old", now)
    assert {name: uptime.percent(f.uptime) for name, f in shown.windows.items()} == {
        "24h": Decimal("50.00"),
        "7d": Decimal("92.30"),
        "30d": Decimal("98.30"),
        "90d": Decimal("99.44"),
    }
    assert shown.windows["90d"].uptime == shown.service.uptime  # what the strip says
    assert [m.first.month for m in shown.months] == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 12]
    assert len(shown.stories) == 1


def test_a_private_service_is_not_found(now: datetime, service: Callable[..., Service]) -> None:
    service("internal", is_public=False)
    with pytest.raises(NotFound):
        page.service("internal", now)


def test_maintenance_begun_long_before_its_plan_is_listed_where_it_began(
    now: datetime, window: Callable[..., MaintenanceWindow], ops: Actor
) -> None:
    planned = window(scheduled_start_at=now + 40 * DAY, scheduled_end_at=now + 41 * DAY)
    planned.post_update(by=ops, status=planned.STATUS.IN_PROGRESS)
    assert page.newest_month(now) == date(2026, 11, 1)
    assert [story.id for story in page.month(date(2026, 11, 1), now).stories] == [planned.pk]


def test_a_note_that_completes_history_takes_no_promise_back(now: datetime, incident: Opener, ops: Actor) -> None:
    opened = incident(now=now - HOUR, next_update_at=now + HOUR)
    opened.post_update(by=ops, status=IncidentStatus.INVESTIGATING, message="Earlier", display_at=now - 2 * HOUR)
    assert page.incident(opened.pk, now).next_update_at == now + HOUR
