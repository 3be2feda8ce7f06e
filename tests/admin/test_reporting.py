"""Report an incident."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, AuditEntry, Event, Incident, IncidentTemplate, Service
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


class TestSentTwice:
    def test_a_double_tap_reports_once(self, desk: Desk, report: str) -> None:
        page = desk.open(report)
        typed = {"title": "Down", "severity": "major"}
        first, second = desk.send(report, page, **typed), desk.send(report, page, **typed)
        assert Incident.objects.count() == 1
        assert first.response.redirect_chain == second.response.redirect_chain
        assert "It was reported already, once." in second.words

    @pytest.mark.parametrize("key", ["", "nonsense", "abcdefghijkl:forged", None])
    def test_a_forged_key_chooses_no_id(self, desk: Desk, report: str, key: str | None) -> None:
        desk.send(report, title="Down", severity="major", key=key)
        assert Incident.objects.get().pk != "abcdefghijkl"

    def test_two_pages_are_two_reports(self, desk: Desk, report: str) -> None:
        for _ in range(2):
            desk.send(report, title="Down", severity="major")
        assert Incident.objects.count() == 2


class TestFromATemplate:
    @pytest.fixture
    def slow(self, ops: Actor, api: Service) -> IncidentTemplate:
        return IncidentTemplate.add(
            by=ops,
            slug="slow",
            name="Slow",
            title="Slow in {{ region }}",
            severity="major",
            message="{{ region }} is slow, **{{ how_slow }}**.",
            levels=IncidentTemplate.stored({api: ServiceStatus.MAJOR_OUTAGE}),
        )

    def test_it_fills_the_form(self, desk: Desk, report: str, slow: IncidentTemplate) -> None:
        assert 'href="?template=slow"' in desk.open(report).html
        fields = desk.open(f"{report}?template=slow").form.fields
        assert (fields["title"], fields["severity"]) == (["Slow in {{ region }}"], ["major"])
        assert fields["level_api"] == ["major_outage"]
        assert fields["value_region"] == fields["value_how_slow"] == [""]

    def test_its_placeholders_are_filled(self, desk: Desk, report: str, slow: IncidentTemplate) -> None:
        desk.send(f"{report}?template=slow", value_region="Asia", value_how_slow="10 s")
        opened = Incident.objects.get()
        assert (opened.title, opened.updates.get().message) == ("Slow in Asia", "Asia is slow, **10 s**.")

    def test_the_preview_shows_them_filled(self, desk: Desk, report: str, slow: IncidentTemplate) -> None:
        page = desk.send(f"{report}?template=slow", value_region="<b>Asia</b>", value_how_slow="10 s", _look="1")
        assert "&lt;b&gt;Asia&lt;/b&gt; is slow, <strong>10 s</strong>." in page.html

    def test_one_that_is_empty_is_named(self, desk: Desk, report: str, slow: IncidentTemplate) -> None:
        page = desk.send(f"{report}?template=slow", value_region="Asia")
        assert page.errors == {"value_how_slow"}
        assert not Incident.objects.exists()

    def test_what_was_taken_out_of_the_text_needs_no_value(
        self, desk: Desk, report: str, slow: IncidentTemplate
    ) -> None:
        desk.send(f"{report}?template=slow", title="Slow", message="All of it.")
        assert Incident.objects.get().title == "Slow"

    def test_a_value_obeys_the_rules_of_its_text(self, desk: Desk, report: str, slow: IncidentTemplate) -> None:
        page = desk.send(f"{report}?template=slow", value_region="x" * 201, value_how_slow="10 s")
        assert "title" in page.errors
        page = desk.send(f"{report}?template=slow", value_region="\x00", value_how_slow="10 s")
        assert not Incident.objects.exists()

    @pytest.mark.parametrize("wanted", ["other", "%F0%9F%94%A5", ""])
    def test_an_unknown_one_is_none(self, desk: Desk, report: str, slow: IncidentTemplate, wanted: str) -> None:
        page = desk.open(f"{report}?template={wanted}")
        assert page.form.fields["title"] == [""]


class TestLater:
    def test_it_waits_as_a_draft(self, desk: Desk, report: str, frozen: Any) -> None:
        page = desk.send(report, title="Switch", severity="minor", publish_at="2026-11-21T14:00", promise="30")
        waiting = Incident.objects.get()
        assert (waiting.status, waiting.publish_as) == ("draft", "investigating")
        assert waiting.publish_at == datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
        assert waiting.updates.get().next_update_at == datetime(2026, 11, 21, 14, 30, tzinfo=UTC)
        assert "It will be published at 21 Nov 2026, 14:00 UTC." in page.words
        assert "will be published Sat 21 Nov, 14:00 UTC" in desk.open("/admin/").words

    def test_it_can_be_put_off_and_called_off(
        self, desk: Desk, report: str, frozen: Any, address: Callable[..., str]
    ) -> None:
        desk.send(report, title="Switch", severity="minor", publish_at="2026-11-21T14:00")
        page = address(Incident.objects.get(), "publication/")
        desk.send(page, publish_at="2026-11-21T15:00", status="identified")
        waiting = Incident.objects.get()
        assert (waiting.publish_at, waiting.publish_as) == (datetime(2026, 11, 21, 15, tzinfo=UTC), "identified")
        assert "Saved as a draft." in desk.send(page, publish_at="").words
        assert Incident.objects.get().publish_at is None

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"publish_at": "2026-11-21T11:00"}, "publish_at"),
            ({"publish_at": "2026-11-21T14:00", "status": "draft"}, "status"),
            ({"publish_at": "9999-11-21T14:00"}, "publish_at"),
        ],
    )
    def test_a_time_that_makes_no_sense_is_an_error(
        self, desk: Desk, report: str, frozen: Any, typed: dict[str, str], field: str
    ) -> None:
        page = desk.send(report, title="Switch", severity="minor", **typed)
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


FORBIDDEN = {"created_at": "2020-01-01T00:00", "merged_into": "x", "author": "root", "id": "aaaaaaaaaaaa"}


def test_what_the_form_does_not_ask_for_is_not_taken(desk: Desk, report: str) -> None:
    desk.send(report, title="Slow", severity="minor", version="99", **FORBIDDEN)
    told = Incident.objects.get()
    assert (told.version, told.merged_into_id, told.updates.get().author) == (1, None, "night")
    assert told.pk != FORBIDDEN["id"]
    assert told.created_at.year > 2020


@pytest.mark.parametrize("fault", [{"status": "merged"}, {"severity": "none"}, {"severity": "huge"}])
def test_what_it_does_not_offer_is_refused(desk: Desk, report: str, fault: dict[str, str]) -> None:
    page = desk.send(report, **{"title": "Slow", "severity": "minor", **fault})
    assert page.errors == set(fault)
    assert not Incident.objects.exists()


def test_an_update_changes_nothing_but_what_it_tells(
    desk: Desk, incident: Callable[..., Incident], address: Callable[..., str]
) -> None:
    story = incident()
    typed = {"message": "Word.", "title": "Ours", "severity": "critical", "is_public": "", **FORBIDDEN}
    assert desk.send(address(story), **typed).response.redirect_chain
    assert desk.send(address(story), status="draft").errors == {"__all__"}
    story.refresh_from_db()
    kept = (story.title, story.severity, story.is_public, story.status)
    assert kept == ("Broken", "minor", True, "investigating")
