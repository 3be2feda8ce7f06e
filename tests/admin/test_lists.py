"""What ops read: the start page, the lists, the audit trail."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, AuditEntry, Incident, MaintenanceWindow
from tests.admin.filling import Desk

Opens = Callable[..., Incident]


def queries_of(desk: Desk, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        desk.open(path)
    return len(queries)


class TestStartPage:
    def test_calm_is_said(self, desk: Desk) -> None:
        page = desk.open("/admin/")
        assert "All is calm." in page.words
        assert 'href="/admin/incidents/incident/add/"' in page.html

    def test_what_is_open_can_be_updated_at_once(self, desk: Desk, incident: Opens) -> None:
        broken = incident(title="Broken")
        page = desk.open("/admin/")
        assert f'href="/admin/incidents/incident/{broken.pk}/change/#update"' in page.html
        assert "All is calm." not in page.words

    def test_a_promise_that_is_overdue_stands_out(self, desk: Desk, incident: Opens, frozen: Any) -> None:
        incident(next_update_at=timezone.now() + timedelta(minutes=10))
        assert "overdue" not in desk.open("/admin/").html
        frozen.shift(timedelta(minutes=20))
        assert "(overdue by 10\xa0minutes)".replace("\xa0", " ") in desk.open("/admin/").words

    def test_a_note_that_completes_history_calms_nobody(self, desk: Desk, incident: Opens, frozen: Any) -> None:
        begun = timezone.now()
        broken = incident(next_update_at=begun + timedelta(minutes=10))
        frozen.shift(timedelta(minutes=20))
        broken.post_update(
            by=Actor("ops", "test"), status=IncidentStatus.INVESTIGATING, display_at=begun - timedelta(minutes=5)
        )
        words = desk.open("/admin/").words.replace("\xa0", " ")
        assert "Last public word 20 minutes ago" in words
        assert "(overdue by 10 minutes)" in words

    def test_drafts_and_maintenance_are_listed(
        self, desk: Desk, incident: Opens, window: Callable[..., MaintenanceWindow], now: datetime
    ) -> None:
        incident(title="Perhaps", status=IncidentStatus.DRAFT)
        start = timezone.now() + timedelta(days=1)
        window(title="Next upgrade", scheduled_start_at=start, scheduled_end_at=start + timedelta(hours=1))
        running = window(title="Running", scheduled_start_at=start, scheduled_end_at=start + timedelta(hours=1))
        running.post_update(by=Actor("ops", "test"), status=running.STATUS.IN_PROGRESS)
        page = desk.open("/admin/")
        assert all(title in page.words for title in ("Perhaps", "Next upgrade", "Running"))
        assert f"/maintenancewindow/{running.pk}/change/#update" in page.html

    def test_queries_do_not_grow_with_what_is_open(self, desk: Desk, incident: Opens) -> None:
        incident()
        few = queries_of(desk, "/admin/")
        for _ in range(5):
            incident()
        assert queries_of(desk, "/admin/") == few


class TestIncidentList:
    LIST = "/admin/incidents/incident/"

    @pytest.fixture
    def some(self, incident: Opens) -> None:
        then = timezone.now() - timedelta(hours=5)
        incident(title="Long open", started_at=then - timedelta(days=9))
        incident(title="Just over", status=IncidentStatus.RESOLVED, started_at=then, resolved_at=timezone.now())

    def test_open_ones_come_first(self, desk: Desk, some: None) -> None:
        words = desk.open(self.LIST).words
        assert words.index("Long open") < words.index("Just over")

    def test_the_last_word_is_the_newest_update(self, desk: Desk, incident: Opens, frozen: Any) -> None:
        broken = incident()
        frozen.shift(timedelta(hours=5))
        broken.post_update(by=Actor("ops", "test"), status=IncidentStatus.IDENTIFIED)
        frozen.shift(timedelta(minutes=7))
        assert "7 minutes ago" in desk.open(self.LIST).words

    def test_they_are_found_by_title(self, desk: Desk, some: None) -> None:
        words = desk.open(f"{self.LIST}?q=just").words
        assert "Just over" in words
        assert "Long open" not in words

    @pytest.mark.parametrize("query", ["status__exact=resolved", "severity__exact=minor", "is_public__exact=1"])
    def test_they_are_filtered(self, desk: Desk, some: None, query: str) -> None:
        assert "Just over" in desk.open(f"{self.LIST}?{query}").words

    def test_queries_do_not_grow_with_the_list(self, desk: Desk, incident: Opens) -> None:
        incident()
        few = queries_of(desk, self.LIST)
        for _ in range(5):
            incident()
        assert queries_of(desk, self.LIST) == few


def test_the_maintenance_list_shows_its_windows(desk: Desk, window: Callable[..., MaintenanceWindow]) -> None:
    start = timezone.now() + timedelta(days=1)
    window(title="Upgrade", scheduled_start_at=start, scheduled_end_at=start + timedelta(hours=1))
    assert "Upgrade" in desk.open("/admin/incidents/maintenancewindow/?q=upg").words


class TestAuditTrail:
    LIST = "/admin/incidents/auditentry/"

    def test_an_incident_links_to_its_entries(self, desk: Desk, incident: Opens, address: Callable[..., str]) -> None:
        broken, _other = incident(title="Mine"), incident(title="Other")
        page = desk.client.get(address(broken, "history/"), follow=True)
        words = page.content.decode()
        assert "Mine" in words
        assert "Other" not in words

    def test_it_is_searched_and_filtered(self, desk: Desk, incident: Opens) -> None:
        incident(title="Needle")
        for query in ("q=Needle", "via=test", "action=opened", "subject_type__exact=incident"):
            assert "Needle" in desk.open(f"{self.LIST}?{query}").words

    def test_an_entry_shows_before_and_after(self, desk: Desk, incident: Opens) -> None:
        incident(title="Before").edit(by=Actor("ops", "test"), title="<b>After</b>")
        entry = AuditEntry.objects.get(action="edited")
        page = desk.open(f"{self.LIST}{entry.pk}/change/")
        assert "Before" in page.words
        assert "&lt;b&gt;After&lt;/b&gt;" in page.html

    def test_nobody_writes_it(self, desk: Desk, incident: Opens) -> None:
        incident()
        entry = AuditEntry.objects.get()
        assert desk.client.get(f"{self.LIST}add/").status_code == 403
        assert desk.client.post(f"{self.LIST}{entry.pk}/change/", {"actor": "nobody"}).status_code == 403
        assert desk.client.post(f"{self.LIST}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
        assert AuditEntry.objects.get() == entry


def test_events_and_revisions_are_not_shown(desk: Desk) -> None:
    page = desk.open("/admin/")
    assert "incidents/event" not in page.html
    assert "incidents/revision" not in page.html


def test_the_desk_carries_the_name_of_the_page(desk: Desk) -> None:
    assert "Status – desk" in desk.open("/admin/").words


IMPOSSIBLE = ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B23:59")


@pytest.mark.parametrize(
    "query",
    [
        *(f"auditentry/?at__gte={instant}" for instant in IMPOSSIBLE),
        *(f"auditentry/?at__year={year}" for year in ("9999", "9999&at__month=12", "0", "1", "x", "9" * 20)),
        *(f"incident/?started_at__lt={instant}" for instant in IMPOSSIBLE),
        *(f"maintenancewindow/?scheduled_start_at__gt={instant}" for instant in IMPOSSIBLE),
        *(f"service/?created_at__gte={instant}" for instant in IMPOSSIBLE),
        *(f"servicegroup/?updated_at__gte={instant}" for instant in IMPOSSIBLE),
    ],
)
def test_an_instant_that_no_calendar_has_filters_nothing(desk: Desk, incident: Opens, query: str) -> None:
    incident()
    response = desk.client.get(f"/admin/incidents/{query}")
    assert response.status_code in (200, 302)
    assert response.get("Location", "?e=1").endswith("?e=1")
