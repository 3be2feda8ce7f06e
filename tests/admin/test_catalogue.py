"""Services and groups."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from incidents.admin.forms.catalogue import ServiceForm
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


class TestTwoPeopleAtOnce:
    def test_what_the_other_changed_stays_and_is_shown(self, desk: Desk, api: Service, ops: Actor) -> None:
        mine = desk.open(page_of(api))
        Service.objects.get().change(by=ops, name="Theirs", is_public=False)
        page = desk.send(page_of(api), mine, name="Mine")
        assert "nothing was saved" in page.words
        assert "It now says: Theirs" in page.words
        assert (page.form.fields["name"], page.form.fields.get("is_public")) == (["Mine"], None)
        assert Service.objects.get().name == "Theirs"

    def test_sending_again_is_a_decision(self, desk: Desk, api: Service, ops: Actor) -> None:
        mine = desk.open(page_of(api))
        Service.objects.get().change(by=ops, name="Theirs", position=4)
        desk.send(page_of(api), desk.send(page_of(api), mine, name="Mine"))
        api.refresh_from_db()
        assert (api.name, api.position) == ("Mine", 4)

    def test_a_group_is_guarded_too(self, desk: Desk, core: ServiceGroup, ops: Actor) -> None:
        mine = desk.open(page_of(core))
        ServiceGroup.objects.get().change(by=ops, description="Theirs")
        desk.send(page_of(core), mine, name="Mine")
        core.refresh_from_db()
        assert (core.name, core.description) == ("Core", "Theirs")

    def test_it_holds_when_they_come_between_check_and_write(
        self, desk: Desk, api: Service, ops: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clean = ServiceForm.clean

        def late(form: ServiceForm) -> dict[str, Any]:
            Service.objects.get().change(by=ops, name="Theirs")
            return clean(form)

        monkeypatch.setattr(ServiceForm, "clean", late)
        page = desk.send(page_of(api), name="Mine")
        assert "changed this just now" in page.words
        assert Service.objects.get().name == "Theirs"


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
