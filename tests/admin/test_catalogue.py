"""Services and groups."""

from collections.abc import Callable
from datetime import date

import pytest

from incidents.models import Actor, AuditEntry, Incident, Service, ServiceGroup
from tests.admin.filling import Desk

ADD = "/admin/incidents/service/add/"
ADD_GROUP = "/admin/incidents/servicegroup/add/"


def page_of(entry: Service | ServiceGroup, page: str = "change/") -> str:
    return f"/admin/incidents/{entry._meta.model_name}/{entry.pk}/{page}"


@pytest.fixture
def core(db: None, ops: Actor) -> ServiceGroup:
    return ServiceGroup.add(by=ops, slug="core", name="Core")


def test_a_service_is_added_in_its_group(desk: Desk, core: ServiceGroup) -> None:
    desk.send(ADD, name="API", slug="api", position="3", group_id=core.pk, start_date="2026-01-02", is_public=None)
    api = Service.objects.get()
    assert (api.group, api.position, api.is_public, api.start_date) == (core, 3, False, date(2026, 1, 2))


def test_a_service_is_changed_and_audited(desk: Desk, api: Service) -> None:
    desk.send(page_of(api), name="Public API")
    entry = AuditEntry.objects.get(action="updated")
    assert (entry.before, entry.after) == ({"name": "API"}, {"name": "Public API"})
    assert (entry.actor, entry.via, entry.address) == ("night", "admin", "127.0.0.1")


def test_a_group_is_added_and_changed(desk: Desk) -> None:
    desk.send(ADD_GROUP, name="Core", slug="core")
    desk.send(page_of(ServiceGroup.objects.get()), position="7")
    assert ServiceGroup.objects.get().position == 7


def test_every_wrong_field_is_named_at_once(desk: Desk, api: Service) -> None:
    page = desk.send(ADD, name="", slug="Not a slug", position="-1", start_date="tomorrow", group_id="forged")
    assert set(page.errors) == {"name", "slug", "position", "start_date", "group_id"}


def test_a_slug_that_is_taken_is_an_error_of_its_field(desk: Desk, api: Service) -> None:
    page = desk.send(ADD, name="Other", slug="api")
    assert "slug" in page.errors
    assert page.form.fields["name"] == ["Other"]


def test_a_service_without_history_is_deleted(desk: Desk, api: Service) -> None:
    desk.send(page_of(api, "delete/"))
    assert not Service.objects.exists()
    assert AuditEntry.objects.filter(action="deleted", subject_id=api.pk).exists()


def test_a_service_with_history_stays_and_says_why(desk: Desk, api: Service, incident: Callable[..., Incident]) -> None:
    incident(levels={api: None})
    page = desk.send(page_of(api, "delete/"))
    assert "has a history" in page.words
    assert Service.objects.exists()


def test_the_history_of_a_service_is_its_audit_trail(desk: Desk, api: Service) -> None:
    page = desk.client.get(page_of(api, "history/"), follow=True)
    assert page.redirect_chain[0][0].startswith("/admin/incidents/auditentry/?")
    assert page.status_code == 200
