"""Report an incident."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from incidents.lifecycle import IncidentStatus
from incidents.models import AuditEntry, Event, Incident, Service
from incidents.severity import ServiceStatus
from tests.admin.filling import Desk

pytestmark = pytest.mark.django_db


def test_a_title_and_a_severity_suffice(desk: Desk, report: str) -> None:
    page = desk.send(report, title="API is down", severity="major")
    opened = Incident.objects.get()
    assert (opened.title, opened.severity, opened.status) == ("API is down", "major", "investigating")
    assert opened.updates.get().message == "We are currently investigating this issue."
    assert "Published." in page.words


def test_each_service_gets_its_level(desk: Desk, report: str, api: Service, login: Service) -> None:
    desk.send(report, title="Down", severity="critical", level_api="by_severity", level_login="degraded_performance")
    levels = Incident.objects.get().impacts.open().levels()
    assert levels == {api.pk: ServiceStatus.MAJOR_OUTAGE, login.pk: ServiceStatus.DEGRADED_PERFORMANCE}


def test_private_services_are_offered_too(desk: Desk, report: str, service: Callable[..., Service]) -> None:
    service("vault", is_public=False)
    assert "level_vault" in desk.open(report).form.fields


def test_a_promise_is_made_in_minutes(desk: Desk, report: str) -> None:
    desk.send(report, title="Down", severity="major", promise="30")
    promised = Incident.objects.get().updates.get().next_update_at
    assert promised is not None
    assert abs(promised - timezone.now() - timedelta(minutes=30)) < timedelta(minutes=1)


def test_a_draft_is_seen_by_nobody(desk: Desk, report: str) -> None:
    page = desk.send(report, title="Maybe", severity="minor", status="draft")
    assert not Incident.objects.public().exists()
    assert "Saved as a draft." in page.words


def test_history_is_recorded_with_its_times(desk: Desk, report: str) -> None:
    times = {"started_at": "2026-01-02T03:04", "resolved_at": "2026-01-02T05:06"}
    desk.send(report, title="Past", severity="minor", status="resolved", **times)
    past = Incident.objects.get()
    assert (past.started_at, past.resolved_at) == (
        datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        datetime(2026, 1, 2, 5, 6, tzinfo=UTC),
    )


def test_every_wrong_field_is_named_at_once_and_nothing_is_lost(desk: Desk, report: str) -> None:
    long, later = "x" * 20_001, "2099-01-01T00:00"
    page = desk.send(report, title="Two\u2028lines", status="resolved", message=long, started_at=later)
    assert page.errors == {"title", "severity", "message", "started_at", "resolved_at"}
    assert page.form.fields["message"] == [long]
    assert not Incident.objects.exists()


def test_a_nul_is_an_error_of_its_field(desk: Desk, report: str) -> None:
    page = desk.send(report, title="Down\x00", severity="major")
    assert "title" in page.errors


@pytest.mark.parametrize("field", ["severity", "status", "level_api", "promise", "continues"])
def test_a_forged_choice_is_an_error_of_its_field(desk: Desk, report: str, api: Service, field: str) -> None:
    page = desk.send(report, **{"title": "Down", "severity": "major", field: "\x00forged"})
    assert field in page.errors
    assert not Incident.objects.exists()


class TestWhenTheServiceHasAnOpenIncidentAlready:
    @pytest.fixture
    def open_one(self, incident: Callable[..., Incident], api: Service) -> Incident:
        return incident(title="First trouble", levels={api: None})

    def test_ops_are_asked_to_update_that_one(self, desk: Desk, report: str, open_one: Incident) -> None:
        page = desk.send(report, title="Second", severity="minor", level_api="by_severity", message="Typed")
        assert f'href="/admin/incidents/incident/{open_one.pk}/change/"' in page.html
        assert "First trouble" in page.words
        assert page.form.fields["message"] == ["Typed"]
        assert Incident.objects.count() == 1

    def test_ops_may_insist(self, desk: Desk, report: str, open_one: Incident) -> None:
        asked = desk.send(report, title="Second", severity="minor", level_api="by_severity")
        desk.send(report, asked, force="on")
        assert Incident.objects.filter(title="Second").exists()

    def test_nobody_is_asked_before(self, desk: Desk, report: str) -> None:
        assert "force" not in desk.open(report).form.choices


def test_what_came_back_continues_the_old_incident(desk: Desk, report: str, incident: Callable[..., Incident]) -> None:
    began = timezone.now() - timedelta(days=400)
    old = incident(title="Old", status=IncidentStatus.RESOLVED, started_at=began, resolved_at=began)
    desk.send(f"{report}?continues={old.pk}", title="Again", severity="minor")
    assert Incident.objects.get(title="Again").continues == old


def test_what_is_still_open_cannot_be_continued(desk: Desk, report: str, incident: Callable[..., Incident]) -> None:
    page = desk.send(f"{report}?continues={incident().pk}", title="Again", severity="minor")
    assert page.errors == {"continues"}
    assert Incident.objects.count() == 1


def test_who_reported_from_where_is_recorded_and_the_event_is_sent(desk: Desk, report: str) -> None:
    desk.send(report, title="Down", severity="major", notify=None)
    entry = AuditEntry.objects.get(action="opened")
    assert (entry.actor, entry.via, entry.address) == ("night", "admin", "127.0.0.1")
    assert Event.objects.get(type="incident.opened").notify is False
