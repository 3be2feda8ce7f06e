"""What comes of alerts: modes, damping, and who has the last word."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
import time_machine

from incidents.jobs import purge_alerts, settle_alerts
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Alert, AlertSource, Event, Incident, Service
from incidents.models.alert_source import Mode, Product
from incidents.severity import ServiceStatus
from tests.automation.conftest import Watcher

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
type Watch = Callable[..., Watcher]
SAYS_WHEN = [product for product in Product if product is not Product.GATUS]  # and GENERIC with `at`


def told(status: str, at: datetime, key: str = "disk", **labels: str) -> dict[str, Any]:
    alert = {"key": key, "status": status, "at": at.isoformat(), "labels": {"service": "api", **labels}}
    return {"alerts": [alert]}


@pytest.fixture
def generic(watcher: Watch) -> Watcher:
    return watcher(Product.GENERIC)


# Modes


def test_a_draft_is_all_that_comes_of_it_unless_ops_want_more(watcher: Watch, now: datetime) -> None:
    one = watcher(Product.GENERIC, mode=Mode.DRAFT)
    one.send(told("firing", now))
    one.send(told("resolved", now + timedelta(seconds=1)))
    assert Incident.objects.get().status == "draft"
    assert not Event.objects.filter(notify=True).exists()


@pytest.mark.parametrize(
    ("mode", "statuses"), [(Mode.DRAFT, ["draft", "draft"]), (Mode.OPEN, ["draft", "investigating"])]
)
def test_a_forgotten_draft_keeps_nothing_new_from_being_told(
    mode: Mode, statuses: list[str], watcher: Watch, now: datetime
) -> None:
    one = watcher(Product.GENERIC, mode=Mode.DRAFT)
    one.send(told("firing", now))
    one.send(told("resolved", now + timedelta(seconds=1)))
    AlertSource.objects.update(mode=mode)
    with time_machine.travel(now + timedelta(days=14), tick=False):
        one.send(told("firing", now + timedelta(days=14)))
    assert list(Incident.objects.order_by("created_at").values_list("status", flat=True)) == statuses


def test_alerts_of_one_disruption_are_told_by_one_draft(watcher: Watch, now: datetime) -> None:
    one = watcher(Product.GENERIC, mode=Mode.DRAFT, resolve_after=300)
    one.send(told("firing", now))
    one.send(told("firing", now, key="memory"))
    one.send(told("resolved", now + timedelta(seconds=1)))
    one.send(told("firing", now + timedelta(seconds=2)))
    assert Incident.objects.count() == 1


def test_draft_is_the_mode_of_a_new_source() -> None:
    assert AlertSource().mode == Mode.DRAFT


def test_a_draft_says_what_the_alerts_said(watcher: Watch) -> None:
    watcher(Product.ALERTMANAGER, mode=Mode.DRAFT).says("firing")
    assert "HighErrorRate: Many requests to the API fail" in Incident.objects.get().updates.get().message


def test_what_is_published_by_itself_says_nothing_of_alerts(watcher: Watch) -> None:
    watcher(Product.ALERTMANAGER, mode=Mode.OPEN).says("firing")
    incident = Incident.objects.get()
    assert incident.updates.get().message == "We are currently investigating this issue."
    assert "HighErrorRate" not in incident.title


def test_a_private_service_is_not_named(watcher: Watch, api: Service, ops: Actor) -> None:
    api.change(by=ops, is_public=False)
    watcher(Product.GATUS).says("firing")
    assert Incident.objects.get().title == "Service disruption"


def test_titles_are_in_the_language_of_the_page(watcher: Watch, api: Service, ops: Actor, settings: Any) -> None:
    settings.LANGUAGE_CODE = "de"
    watcher(Product.GATUS, mode=Mode.OPEN).says("firing")
    assert Incident.objects.get().title == "Problem mit API"


def test_an_incident_is_not_resolved_in_mode_open(watcher: Watch, now: datetime) -> None:
    one = watcher(Product.GENERIC, mode=Mode.OPEN)
    one.send(told("firing", now))
    one.send(told("resolved", now + timedelta(seconds=1)))
    assert Incident.objects.get().status == "investigating"


def test_what_hits_no_service_changes_nothing(generic: Watcher, now: datetime) -> None:
    generic.send(told("firing", now, service="printer"))
    assert not Incident.objects.exists()
    assert Alert.objects.get().is_handled


# The same alert again


def test_each_order_of_the_same_messages_ends_alike(watcher: Watch, now: datetime) -> None:
    began, ended, again = (now - timedelta(minutes=n) for n in (9, 6, 3))
    messages = [told("firing", began), told("resolved", ended), told("firing", again)]
    for n, order in enumerate(permutations(messages)):
        one = watcher(Product.GENERIC, slug=f"order-{n}")
        for message in order:
            one.send(message)
        alert = one.source.alerts.get()
        assert (alert.is_firing, alert.started_at, alert.ended_at) == (True, again, ended)


@pytest.mark.parametrize("product", SAYS_WHEN)
def test_a_replay_after_the_end_opens_nothing(product: Product, watcher: Watch, frozen: time_machine.Traveller) -> None:
    one = watcher(product)
    one.says("firing")
    frozen.shift(300)
    one.says("resolved")
    frozen.shift(3600)
    one.says("firing")
    assert Incident.objects.get().status == "resolved"


@pytest.mark.parametrize("product", SAYS_WHEN)
def test_an_all_clear_that_overtakes_its_alarm_leaves_nothing_open(
    product: Product, watcher: Watch, frozen: time_machine.Traveller
) -> None:
    one = watcher(product)
    frozen.shift(300)
    one.says("resolved")
    one.says("firing")
    assert not Incident.objects.exists()


def without_a_time(status: str) -> dict[str, Any]:
    return {"alerts": [{"key": "disk", "status": status, "labels": {"service": "api"}}]}


@pytest.mark.parametrize("product", [Product.GATUS, Product.GENERIC])
def test_a_replay_from_what_sends_no_time_is_a_new_alarm(
    product: Product, watcher: Watch, frozen: time_machine.Traveller
) -> None:
    """Gatus has none to send, others need not: when a message arrives is all that is known of it."""
    one = watcher(product)
    for status in ("firing", "resolved", "firing"):
        frozen.shift(300)
        one.says(status) if product is Product.GATUS else one.send(without_a_time(status))
    assert sorted(Incident.objects.values_list("status", flat=True)) == ["investigating", "resolved"]


@pytest.mark.parametrize("product", list(Product))
def test_what_is_said_ten_times_is_one_incident(product: Product, watcher: Watch) -> None:
    one = watcher(product)
    for _ in range(10):
        one.says("firing")
    assert Incident.objects.get().version == 1


def test_when_it_begins_anew_after_the_end_it_is_a_new_incident(
    generic: Watcher, now: datetime, frozen: time_machine.Traveller
) -> None:
    for status in ("firing", "resolved", "firing"):
        frozen.shift(60)
        now += timedelta(seconds=60)
        generic.send(told(status, now))
    assert sorted(Incident.objects.values_list("status", flat=True)) == ["investigating", "resolved"]


# Beside other incidents


def test_what_ops_have_reported_is_not_reported_again(
    generic: Watcher, incident: Callable[..., Incident], api: Service, now: datetime
) -> None:
    theirs = incident(levels={api: None})
    generic.send(told("firing", now))
    assert Incident.objects.get() == theirs
    assert Alert.objects.get().incident == theirs


def test_what_ops_have_reported_is_never_resolved(
    generic: Watcher, incident: Callable[..., Incident], api: Service, now: datetime
) -> None:
    theirs = incident(levels={api: None})
    generic.send(told("firing", now))
    generic.send(told("resolved", now + timedelta(seconds=1)))
    theirs.refresh_from_db()
    assert theirs.status == "investigating"


def test_two_sources_that_see_the_same_open_one_incident(watcher: Watch, now: datetime) -> None:
    watcher(Product.GENERIC, mode=Mode.DRAFT).send(told("firing", now))
    watcher(Product.GATUS, mode=Mode.DRAFT).says("firing")
    assert Incident.objects.count() == 1


def test_it_ends_when_the_last_of_its_alerts_does(generic: Watcher, now: datetime) -> None:
    later = now + timedelta(seconds=1)
    for key in ("disk", "cpu"):
        generic.send(told("firing", now, key))
    generic.send(told("resolved", later, "disk"))
    assert Incident.objects.get().status == "investigating"
    generic.send(told("resolved", later, "cpu"))
    assert Incident.objects.get().status == "resolved"


# People have the last word


def post(incident: Incident, ops: Actor, **fields: Any) -> None:
    incident.post_update(by=ops, status=IncidentStatus.INVESTIGATING, message="We are on it.", **fields)


def edit(incident: Incident, ops: Actor) -> None:
    incident.edit(by=ops, title="Our own words")


def correct(incident: Incident, ops: Actor) -> None:
    incident.updates.get().correct("Better words", by=ops)


@pytest.mark.parametrize("touch", [post, edit, correct])
def test_what_a_person_has_touched_is_not_resolved(
    generic: Watcher, now: datetime, ops: Actor, touch: Callable[..., None]
) -> None:
    generic.send(told("firing", now))
    touch(Incident.objects.get(), ops)
    generic.send(told("resolved", now + timedelta(seconds=1)))
    assert Incident.objects.get().status == "investigating"


def test_what_a_person_resolved_is_not_opened_again_by_the_same_alarm(
    generic: Watcher, now: datetime, ops: Actor
) -> None:
    generic.send(told("firing", now))
    Incident.objects.get().post_update(by=ops, status=IncidentStatus.RESOLVED)
    generic.send(told("firing", now))
    settle_alerts(now + timedelta(hours=1))
    assert Incident.objects.get().status == "resolved"


# Damping


def test_a_blip_opens_nothing(watcher: Watch, now: datetime, frozen: time_machine.Traveller) -> None:
    one = watcher(Product.GENERIC, open_after=60)
    one.send(told("firing", now))
    frozen.shift(30)
    one.send(told("resolved", now + timedelta(seconds=30)))
    settle_alerts(now + timedelta(hours=1))
    assert not Incident.objects.exists()


def test_the_worker_opens_what_has_fired_long_enough(watcher: Watch, now: datetime) -> None:
    watcher(Product.GENERIC, open_after=60).send(told("firing", now))
    assert not settle_alerts(now + timedelta(seconds=59))
    assert settle_alerts(now + timedelta(seconds=60))
    assert Incident.objects.get().started_at == now


def test_the_worker_resolves_what_has_been_quiet_long_enough(
    watcher: Watch, now: datetime, frozen: time_machine.Traveller
) -> None:
    one, end = watcher(Product.GENERIC, resolve_after=300), now + timedelta(seconds=60)
    one.send(told("firing", now))
    frozen.shift(60)
    one.send(told("resolved", end))
    assert not settle_alerts(end + timedelta(seconds=299))
    assert settle_alerts(end + timedelta(seconds=300))
    assert Incident.objects.get().resolved_at == end


def test_an_alert_that_flaps_is_one_incident_all_the_time(
    watcher: Watch, now: datetime, frozen: time_machine.Traveller
) -> None:
    one = watcher(Product.GENERIC, resolve_after=300)
    for n in range(20):
        one.send(told("resolved" if n % 2 else "firing", now + timedelta(seconds=60 * n)))
        frozen.shift(60)
        settle_alerts(now + timedelta(seconds=60 * (n + 1)))
    assert Incident.objects.get().status == "investigating"
    assert settle_alerts(now + timedelta(seconds=60 * 19 + 300))
    assert Incident.objects.get().status == "resolved"


def test_alerts_that_have_long_been_quiet_are_forgotten(generic: Watcher, now: datetime) -> None:
    generic.send(told("firing", now, "disk"))
    generic.send(told("resolved", now, "cpu"))
    assert purge_alerts(now + timedelta(days=31))
    assert [alert.is_firing for alert in Alert.objects.all()] == [True]


def test_the_worst_level_of_the_alerts_counts(watcher: Watch, now: datetime, api: Service) -> None:
    written = "service=api -> api degraded_performance\nservice=api, region=* -> api partial_outage"
    watcher(Product.GENERIC, written=written).send(told("firing", now, region="eu"))
    assert Incident.objects.get().impacts.open().levels() == {api.pk: ServiceStatus.PARTIAL_OUTAGE}
