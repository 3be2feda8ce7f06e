"""Whoever asks, the domain gives the same answer: each door × each move, each door × each fault of a report."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from incidents.errors import words
from incidents.lifecycle import MOVES, IncidentStatus, MaintenanceStatus, Status
from incidents.models import Actor, AuditEntry, AutomatedIncident, Incident, MaintenanceWindow, Service
from incidents.models.alert_source import Product
from incidents.models.timeline import Timeline
from tests.admin.conftest import desk, night, staff
from tests.admin.filling import Desk
from tests.api.calling import ADMIN, PROBLEM, Caller
from tests.api.conftest import operator, ops_caller
from tests.automation.conftest import Watcher, sample, watcher

__all__ = ["desk", "night", "operator", "ops_caller", "staff", "watcher"]

DRAFT, INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus
SCHEDULED, IN_PROGRESS, COMPLETED, CANCELLED = MaintenanceStatus
TARGETS = (INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED)
DOORS = ("admin", "problem", "envelope", "command")
REPORT = "/admin/incidents/incident/add/"
type Answer = str  # the words of a refusal; none when it was done
type Door = Callable[..., Answer]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def refused(answer: Any) -> Answer:
    return "" if answer.status_code in (200, 201) else answer.content.decode()


class Admin:
    def __init__(self, browser: Desk) -> None:
        self.browser = browser

    def move(self, story: Timeline, to: str) -> Answer:
        page = f"/admin/incidents/{story.kind}/{story.pk}/change/"
        told = self.browser.send(page, status=to, message="Word.", version=str(story.version), confirmed="on")
        return "" if told.response.redirect_chain else told.words

    def report(self, **given: Any) -> Answer:
        typed = {name: _typed(value) for name, value in given.items() if name != "affected_services"}
        levels = {f"level_{slug}": "by_severity" for slug in given.get("affected_services", ())}
        told = self.browser.send(REPORT, **typed, **levels)
        return "" if told.response.redirect_chain else told.words


class Api:
    def __init__(self, caller: Caller, base: str) -> None:
        self.caller, self.base = caller, f"{base}/incidents"
        self.windows = f"{base}/maintenances" if base == PROBLEM else f"{base}/maintenance"

    def move(self, story: Timeline, to: str) -> Answer:
        body = {"message": "Word.", "status": to}
        path = f"{self.base if isinstance(story, Incident) else self.windows}/{story.pk}/updates"
        return refused(self.caller.post(path, body, Accept="application/problem+json"))

    def report(self, **given: Any) -> Answer:
        body = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items()}
        return refused(self.caller.post(self.base, body, Accept="application/problem+json"))


class Command:
    def move(self, story: Timeline, to: str) -> Answer:
        return self._call("update", story.pk, "--status", to, "--message", "Word.")

    def resolve(self, story: Timeline) -> Answer:
        return self._call("resolve", story.pk, "--message", "Word.")

    def report(self, **given: Any) -> Answer:
        services = [f"--service={slug}" for slug in given.pop("affected_services", ())]
        title = given.pop("title")
        options = [f"--{name.replace('_', '-')}={_typed(value)}" for name, value in given.items()]
        return self._call("open", title, *options, *services)

    def _call(self, *arguments: str) -> Answer:
        try:
            call_command("incident", *arguments)
        except CommandError as error:
            return str(error)
        return ""


def _typed(value: Any) -> str:
    return f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else str(value)


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Any:
    if request.param == "command":
        return Command()
    if request.param == "admin":
        return Admin(request.getfixturevalue("desk"))
    return Api(request.getfixturevalue("ops_caller"), PROBLEM if request.param == "problem" else ADMIN)


@pytest.fixture(params=[one for one in DOORS if one != "command"])
def maintenance_door(request: pytest.FixtureRequest) -> Any:
    """There is no command for maintenance."""
    if request.param == "admin":
        return Admin(request.getfixturevalue("desk"))
    return Api(request.getfixturevalue("ops_caller"), PROBLEM if request.param == "problem" else ADMIN)


@pytest.fixture
def standing(incident: Callable[..., Incident], ops: Actor) -> Callable[[IncidentStatus], Incident]:
    """An incident in that state."""

    def make(state: IncidentStatus) -> Incident:
        made = incident(status=state if state is not RESOLVED else MONITORING)
        if state is RESOLVED:
            made.post_update(by=ops, status=RESOLVED)
        return made

    return make


@pytest.fixture
def planned(
    window: Callable[..., MaintenanceWindow], ops: Actor, now: datetime
) -> Callable[[MaintenanceStatus], MaintenanceWindow]:
    """Maintenance in that state."""
    walks = {SCHEDULED: (), IN_PROGRESS: (IN_PROGRESS,), COMPLETED: (IN_PROGRESS, COMPLETED), CANCELLED: (CANCELLED,)}

    def make(state: MaintenanceStatus) -> MaintenanceWindow:
        soon = now + timedelta(hours=1)
        made = window(scheduled_start_at=soon, scheduled_end_at=soon + timedelta(hours=1))
        for status in walks[state]:
            made.post_update(by=ops, status=status)
        return made

    return make


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("state", IncidentStatus)
def test_a_move_is_made_or_refused_alike(
    door: Any, standing: Callable[[IncidentStatus], Incident], state: IncidentStatus, to: IncidentStatus
) -> None:
    check_the_move(standing(state), to, door.move)


@pytest.mark.parametrize("state", IncidentStatus)
def test_the_command_to_resolve_answers_like_any_other_move(
    standing: Callable[[IncidentStatus], Incident], state: IncidentStatus
) -> None:
    check_the_move(standing(state), RESOLVED, lambda story, _: Command().resolve(story))


@pytest.mark.parametrize("to", MaintenanceStatus)
@pytest.mark.parametrize("state", MaintenanceStatus)
def test_a_move_of_maintenance_is_made_or_refused_alike(
    maintenance_door: Any,
    planned: Callable[[MaintenanceStatus], MaintenanceWindow],
    state: MaintenanceStatus,
    to: MaintenanceStatus,
) -> None:
    check_the_move(planned(state), to, maintenance_door.move)


def check_the_move(story: Timeline, to: Status, move: Door) -> None:
    state, before = story.state, story.updates.count()
    answer = move(story, to)
    story.refresh_from_db()
    if to in MOVES[state]:
        assert (answer, story.status, story.updates.count()) == ("", to, before + 1)
    else:
        assert f"cannot become {words(to)}" in answer
        assert all(allowed in answer for allowed in MOVES[state])
        assert (story.status, story.updates.count()) == (state, before)


@pytest.mark.parametrize("state", IncidentStatus)
def test_automation_resolves_what_may_be_resolved(
    watcher: Callable[..., Watcher], standing: Callable[[IncidentStatus], Incident], state: IncidentStatus, api: Service
) -> None:
    one, incident = watcher(Product.GENERIC), standing(state)
    AutomatedIncident.objects.create(source=one.source, incident=incident, version=incident.version)
    one.says("firing")
    one.source.alerts.update(incident=incident)
    body = sample("generic-resolved")
    body["alerts"][0]["at"] = "2026-11-21T12:00:00Z"
    assert one.send(body).status_code == 200
    incident.refresh_from_db()
    assert (incident.status == RESOLVED) == (RESOLVED in (state, *MOVES[state]))


def test_automation_asks_the_same_rule_for_a_second_incident(
    watcher: Callable[..., Watcher], incident: Callable[..., Incident], api: Service
) -> None:
    incident(levels={api: None})
    watcher(Product.GENERIC).says("firing")
    assert Incident.objects.count() == 1


NEW = {"title": "Broken", "severity": "minor", "status": "investigating"}


def test_a_report_is_taken_alike(door: Any, api: Service) -> None:
    assert door.report(**NEW, affected_services=["api"]) == ""
    incident = Incident.objects.get()
    assert (incident.title, incident.status, incident.version) == ("Broken", "investigating", 1)
    assert incident.impacts.open().levels() == {api.pk: "degraded_performance"}
    assert AuditEntry.objects.filter(action="opened", subject_id=incident.pk).count() == 1


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"title": " "}, "empty"),
        ({"title": "x" * 201}, "200"),
        ({"title": "two\nlines"}, "single line"),
        ({"title": "re\u202everse"}, "invisible"),
        ({"message": "x" * 20_001}, "20,000"),
        ({"started_at": timedelta(hours=1)}, "future"),
        ({"status": "resolved", "started_at": timedelta(hours=-1)}, "resolved"),
        ({"resolved_at": timedelta(hours=-1)}, "resolved"),
        ({"status": "resolved", "started_at": timedelta(hours=-1), "resolved_at": timedelta(hours=-2)}, "before"),
    ],
)
def test_a_faulty_report_is_refused_alike(door: Any, now: datetime, fault: dict[str, Any], says: str) -> None:
    given = {name: now + value if isinstance(value, timedelta) else value for name, value in fault.items()}
    answer = door.report(**{**NEW, **given})
    assert says in answer.lower() or (says == "empty" and "required" in answer)
    assert not Incident.objects.exists()


def test_a_second_incident_on_a_service_is_refused_alike(
    door: Any, incident: Callable[..., Incident], api: Service
) -> None:
    first = incident(title="The first one", levels={api: None})
    answer = door.report(**NEW, affected_services=["api"])
    assert "already" in answer
    assert first.pk in answer or first.title in answer
    assert Incident.objects.count() == 1
