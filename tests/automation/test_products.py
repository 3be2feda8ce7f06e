"""Each product's own messages: from the first alarm to the all-clear."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from incidents.models import Alert, AuditEntry, Incident
from incidents.models.alert_source import Product
from tests.automation.conftest import Watcher, sample

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
WATCHERS = list(Product)


@pytest.mark.parametrize("product", WATCHERS)
def test_an_alarm_opens_an_incident_on_its_service(product: Product, watcher: Callable[..., Watcher]) -> None:
    watcher(product).says("firing")
    incident = Incident.objects.get()
    assert incident.status == "investigating"
    assert "api" in incident.impacts.open().values_list("service__slug", flat=True)


@pytest.mark.parametrize("product", WATCHERS)
def test_the_all_clear_resolves_it(
    product: Product, watcher: Callable[..., Watcher], frozen: time_machine.Traveller
) -> None:
    one = watcher(product)
    one.says("firing")
    frozen.shift(300)
    one.says("resolved")
    assert Incident.objects.get().status == "resolved"


@pytest.mark.parametrize("product", WATCHERS)
def test_what_it_said_is_there_to_be_read(product: Product, watcher: Callable[..., Watcher]) -> None:
    one = watcher(product)
    one.says("firing")
    alert = Alert.objects.earliest("started_at")
    assert (alert.is_firing, alert.incident) == (True, Incident.objects.get())
    assert alert.summary
    assert alert.started_at
    assert alert.started_at <= alert.heard_at


def test_alerts_that_come_together_are_one_incident(watcher: Callable[..., Watcher]) -> None:
    watcher(Product.ALERTMANAGER).says("firing")
    incident = Incident.objects.get()
    assert incident.title == "Problem with API, Login"
    assert incident.severity == "critical"
    levels = dict(incident.impacts.values_list("service__slug", "level"))
    assert levels == {"api": "major_outage", "login": "degraded_performance"}


def test_it_began_when_the_product_says(watcher: Callable[..., Watcher]) -> None:
    watcher(Product.GRAFANA).says("firing")
    began = Incident.objects.get().started_at
    assert began is not None
    assert began.isoformat() == "2026-11-21T11:58:00+00:00"


def test_a_test_message_of_uptime_kuma_is_taken_in(watcher: Callable[..., Watcher]) -> None:
    answer = watcher(Product.UPTIME_KUMA).send(sample("uptime_kuma-test"))
    assert (answer.status_code, answer.json()["data"]) == (200, {"alerts": 0})


@pytest.mark.parametrize("status", [2, 3])
def test_a_monitor_that_is_pending_or_under_maintenance_is_no_alarm(
    watcher: Callable[..., Watcher], status: int
) -> None:
    body = sample("uptime_kuma-firing")
    body["heartbeat"]["status"] = status
    assert watcher(Product.UPTIME_KUMA).send(body).status_code == 200
    assert not Alert.objects.exists()


def test_the_audit_trail_tells_which_source_it_was(watcher: Callable[..., Watcher]) -> None:
    watcher(Product.GATUS).says("firing")
    entry = AuditEntry.objects.get(action="opened")
    assert (entry.actor, entry.via, entry.address) == ("gatus", "automation", "127.0.0.1")


def test_gatus_configured_as_the_docs_have_it_is_understood(watcher: Callable[..., Watcher]) -> None:
    docs = (Path(__file__).parents[2] / "docs/automation.md").read_text()
    found = re.search(r"    body: \|\n(.*?\n      \})", docs, re.DOTALL)
    assert found
    values = {"ALERT_TRIGGERED_OR_RESOLVED": "TRIGGERED", "ENDPOINT_GROUP": "core", "ENDPOINT_NAME": "api"}
    body = re.sub(r"\[([A-Z_]+)\]", lambda placeholder: values.get(placeholder[1], "x"), found[1])
    assert watcher(Product.GATUS).send(body.encode()).status_code == 200
    assert Incident.objects.exists()
