"""Two incidents about one thing become one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from pytest_django import Settings

from incidents import page
from incidents.errors import Conflict, Merged, StaleVersion, StatusError
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, AuditEntry, Delivery, Impact, Incident, Service, Subscription
from incidents.models.clock import database_now
from incidents.notify.fan_out import fan_out
from incidents.severity import ServiceStatus

HOUR = timedelta(hours=1)
PARTIAL, MAJOR = ServiceStatus.PARTIAL_OUTAGE, ServiceStatus.MAJOR_OUTAGE
type Opener = Callable[..., Incident]

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(incident: Opener, api: Service, now: datetime) -> Incident:
    return incident(title="Slow API", levels={api: MAJOR}, now=now - 2 * HOUR)


@pytest.fixture
def second(incident: Opener, api: Service, login: Service, now: datetime) -> Incident:
    return incident(title="Logins fail", levels={api: PARTIAL, login: PARTIAL}, now=now - HOUR)


def test_the_other_goes_on_with_the_services_of_both(
    first: Incident, second: Incident, ops: Actor, api: Service, login: Service
) -> None:
    first.merge_into(second, by=ops, message="The same cause.")
    assert second.impacts.open().levels() == {api.pk: MAJOR, login.pk: PARTIAL}
    assert second.updates.latest("version").message == "The same cause."
    assert not first.impacts.exists()


def test_no_time_is_lost_from_the_figures(
    first: Incident, second: Incident, ops: Actor, api: Service, now: datetime
) -> None:
    first.merge_into(second, by=ops, now=now)
    second.refresh_from_db()
    began = Impact.objects.public().filter(service=api).earliest("started_at")
    assert (second.started_at, began.started_at, began.level) == (now - 2 * HOUR, now - 2 * HOUR, MAJOR)
    assert page.service("api", now).service.status == MAJOR


def test_the_merged_one_is_gone_from_what_the_public_sees(
    first: Incident, second: Incident, ops: Actor, now: datetime
) -> None:
    first.merge_into(second, by=ops, now=now)
    assert list(Incident.objects.public()) == [second]
    with pytest.raises(Merged) as gone:
        page.incident(first.pk, now)
    assert gone.value.into == second.pk


def test_what_was_merged_before_leads_to_the_last_one(
    first: Incident, second: Incident, incident: Opener, ops: Actor, now: datetime
) -> None:
    third = incident(title="Everything", now=now)
    first.merge_into(second, by=ops, now=now)
    second.merge_into(third, by=ops, now=now)
    assert set(third.merged.all()) == {first, second}


def test_the_audit_trail_keeps_both(first: Incident, second: Incident, ops: Actor, now: datetime) -> None:
    first.merge_into(second, by=ops, now=now)
    entry = AuditEntry.objects.get(action="merged")
    assert (entry.subject_id, entry.after["merged_into"]) == (first.pk, second.pk)
    assert first.updates.count() == 2
    assert AuditEntry.objects.filter(subject_id=first.pk, action="opened").exists()


def test_who_follows_it_follows_the_other(
    first: Incident, second: Incident, ops: Actor, subscription: Callable[..., Subscription], now: datetime
) -> None:
    row = subscription(incidents=[first.pk])
    first.merge_into(second, by=ops, now=now)
    assert Subscription.objects.get(pk=row.pk).followed == [second.pk]


class TestTelling:
    @pytest.fixture(autouse=True)
    def _a_reader(self, settings: Settings, subscription: Callable[..., Subscription]) -> None:
        settings.NOTIFICATION_HOLD = 0
        subscription()

    def told(self) -> list[str]:
        while fan_out(database_now()):
            pass
        return list(Delivery.objects.exclude(event=None).values_list("event__subject_id", flat=True))

    def test_nobody_is_told_of_the_merging(self, first: Incident, second: Incident, ops: Actor, now: datetime) -> None:
        before = sorted(self.told())
        first.merge_into(second, by=ops, now=now)
        assert before == sorted([first.pk, second.pk])
        assert sorted(self.told()) == before

    def test_what_was_still_held_about_it_is_never_told(
        self, first: Incident, second: Incident, ops: Actor, now: datetime
    ) -> None:
        first.merge_into(second, by=ops, now=now)
        assert self.told() == [second.pk]

    def test_the_note_is_told_once_where_it_is_wanted(
        self, first: Incident, second: Incident, ops: Actor, now: datetime
    ) -> None:
        first.merge_into(second, by=ops, notify=True, now=now)
        assert self.told() == [second.pk, second.pk]


def test_only_open_incidents_are_merged(first: Incident, second: Incident, ops: Actor, now: datetime) -> None:
    second.post_update(by=ops, status=IncidentStatus.RESOLVED, now=now)
    for one, other in ((first, second), (second, first)):
        with pytest.raises(Conflict, match="not open"):
            one.merge_into(other, by=ops, now=now)


def test_a_draft_is_not_merged(incident: Opener, second: Incident, ops: Actor) -> None:
    with pytest.raises(Conflict, match="not open"):
        incident(status=IncidentStatus.DRAFT).merge_into(second, by=ops)


def test_nothing_is_merged_into_itself(first: Incident, ops: Actor) -> None:
    with pytest.raises(Conflict, match="itself"):
        first.merge_into(Incident.objects.get(), by=ops)


def test_what_is_private_is_not_merged_with_what_is_public(first: Incident, incident: Opener, ops: Actor) -> None:
    secret = incident(title="Secret", is_public=False)
    for one, other in ((first, secret), (secret, first)):
        with pytest.raises(Conflict, match="private"):
            one.merge_into(other, by=ops)


def test_an_outdated_view_is_refused(first: Incident, second: Incident, ops: Actor) -> None:
    first.edit(by=ops, title="Other words")
    with pytest.raises(StaleVersion):
        first.merge_into(second, by=ops, version=1)


def test_nothing_follows_in_a_merged_incident(first: Incident, second: Incident, ops: Actor, now: datetime) -> None:
    first.merge_into(second, by=ops, now=now)
    with pytest.raises(Conflict):
        first.post_update(by=ops, status=IncidentStatus.MONITORING)


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_crosswise_leave_one(first: Incident, second: Incident, ops: Actor) -> None:
    barrier = Barrier(2)

    def merge(pair: tuple[str, str]) -> bool:
        one, other = (Incident.objects.get(pk=pk) for pk in pair)
        barrier.wait()
        try:
            one.merge_into(other, by=ops)
        except StatusError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(merge, [(first.pk, second.pk), (second.pk, first.pk)]))
    assert sorted(done) == [False, True]
    assert Incident.objects.open().count() == 1
