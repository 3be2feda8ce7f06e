"""Incident templates on the desk."""

import pytest

from incidents.models import Actor, IncidentTemplate, Service
from incidents.severity import ServiceStatus
from tests.admin.filling import Desk

ADD = "/admin/incidents/incidenttemplate/add/"


@pytest.fixture
def slow(ops: Actor, api: Service) -> IncidentTemplate:
    levels = IncidentTemplate.stored({api: ServiceStatus.MAJOR_OUTAGE})
    return IncidentTemplate.add(by=ops, slug="slow", name="Slow", title="Slow", severity="major", levels=levels)


def page_of(template: IncidentTemplate) -> str:
    return f"/admin/incidents/incidenttemplate/{template.pk}/change/"


def test_a_template_is_added(desk: Desk, api: Service, login: Service) -> None:
    desk.send(ADD, name="Slow", slug="slow", title="Slow in {{ region }}", severity="minor", services=["api"])
    template = IncidentTemplate.objects.get()
    assert (template.title, template.severity, template.levels) == ("Slow in {{ region }}", "minor", {api.pk: None})


def test_a_service_that_stays_keeps_its_level(desk: Desk, slow: IncidentTemplate, api: Service, login: Service) -> None:
    desk.send(page_of(slow), services=["api", "login"])
    slow.refresh_from_db()
    assert slow.levels == {api.pk: "major_outage", login.pk: None}


def test_a_service_is_taken_out(desk: Desk, slow: IncidentTemplate) -> None:
    desk.send(page_of(slow), services=[], name="Slower")
    slow.refresh_from_db()
    assert (slow.name, slow.levels) == ("Slower", {})


def test_what_somebody_else_changed_meanwhile_is_shown(desk: Desk, slow: IncidentTemplate, ops: Actor) -> None:
    mine = desk.open(page_of(slow))
    IncidentTemplate.objects.get().change(by=ops, title="Theirs")
    page = desk.send(page_of(slow), mine, title="Mine")
    assert "It now says: Theirs" in page.words
