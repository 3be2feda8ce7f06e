"""The whole history of GitHub from 2022 to 2026, imported once for this module."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from incidents import lifecycle, page
from incidents.models import Impact, Incident, IncidentUpdate, MaintenanceUpdate, MaintenanceWindow, Service
from incidents.page.history import next_month
from incidents.severity import ServiceStatus
from incidents.statuspage.importing import import_document
from incidents.statuspage.importing.report import Report
from incidents.uptime import WEIGHTS
from tests.conftest import NOW
from tests.statuspage.conftest import Document, real

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def github(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Document]:
    document = real("github-2022-2026.json")
    with django_db_blocker.unblock(), transaction.atomic():
        import_document(document, Report(), NOW)
        with django_db_blocker.block():
            yield document
        transaction.set_rollback(True)


def months(now: datetime) -> Iterator[page.Month]:
    first = page.newest_month(now)
    while True:
        month = page.month(first, now)
        yield month
        if month.older is None:
            return
        first = month.older


def test_all_of_github_is_there(github: Document) -> None:
    events = github["incidents"] + github["scheduled_maintenances"]

    assert Incident.objects.count() == len(github["incidents"]) == 801
    assert MaintenanceWindow.objects.count() == len(github["scheduled_maintenances"]) == 18
    assert Service.objects.count() == len(github["components"]) == 12
    stored = IncidentUpdate.objects.count() + MaintenanceUpdate.objects.count()
    assert stored == sum(len(event["incident_updates"]) for event in events)


def test_a_second_import_of_github_changes_nothing(github: Document) -> None:
    report = Report()

    import_document(github, report, NOW)

    assert report.counts == {
        ("service", "unchanged"): 12,
        ("incident", "unchanged"): 801,
        ("maintenance", "unchanged"): 18,
    }


def test_every_timeline_of_github_is_a_legal_walk() -> None:
    for timeline in (*Incident.objects.all(), *MaintenanceWindow.objects.all()):
        statuses = [timeline.STATUS(u.status) for u in timeline.updates.order_by("version")]
        assert statuses[-1] == timeline.status
        assert all(after in lifecycle.MOVES[before] for before, after in pairwise(statuses))


def test_every_incident_shows_its_updates_in_the_order_of_the_source(github: Document, now: datetime) -> None:
    for told in github["incidents"]:
        shown = page.incident(told["id"], now).updates
        assert [u.id for u in shown] == [u["id"] for u in told["incident_updates"]]


def test_the_history_shows_every_event_of_github_exactly_once(github: Document, now: datetime) -> None:
    shown = [story.id for month in months(now) for story in month.stories]

    assert sorted(shown) == sorted(e["id"] for e in github["incidents"] + github["scheduled_maintenances"])


def test_walking_to_newer_months_visits_the_same_as_to_older_ones(now: datetime) -> None:
    back = [month.first for month in months(now)]
    assert [page.month(first, now).newer for first in back] == [None, *back[:-1]]


def test_uptime_of_every_service_and_month_follows_from_the_impacts(now: datetime) -> None:
    """Counted naively, one weight a minute, as the times of this history are whole minutes."""
    hits = list(Impact.objects.all())
    for month in months(now):
        start = datetime.combine(month.first, time(), UTC)
        end = min(datetime.combine(next_month(month.first), time(), UTC), now)
        for service in month.services:
            lost = sum(tenths_lost([hit for hit in hits if hit.service_id == service.id], start, end, now))
            assert service.uptime == 1 - Fraction(lost, 10 * minutes(end - start)), (service.slug, month.first)


def tenths_lost(hits: list[Impact], start: datetime, end: datetime, now: datetime) -> bytearray:
    """For each minute of the span ten times the weight of the worst level that held."""
    tenths = bytearray(minutes(end - start))
    weighed = sorted((int(10 * WEIGHTS.get(ServiceStatus(hit.level), 0)), hit.pk, hit) for hit in hits)
    for weight, _, hit in weighed:  # the worst level is written last
        first, last = max(hit.started_at, start), min(hit.ended_at or now, end)
        if first < last:
            tenths[minutes(first - start) : minutes(last - start)] = bytes([weight]) * minutes(last - first)
    return tenths


def minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)
