"""Sources of alerts: made, mapped, given a token that is seen once."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from incidents import roles
from incidents.models import Actor, Alert, AlertSource, AuditEntry, Service, Signal
from tests.admin.filling import Desk

ADD = "/admin/incidents/alertsource/add/"
RULE = "job=api, severity=critical -> api major_outage"


def page_of(source: AlertSource, page: str = "change/") -> str:
    return f"/admin/incidents/alertsource/{source.pk}/{page}"


@pytest.fixture
def source(desk: Desk, api: Service) -> AlertSource:
    desk.send(ADD, name="Prometheus", slug="prometheus", product="alertmanager", mapping=RULE)
    return AlertSource.objects.get()


def test_a_source_is_added_with_its_mapping(source: AlertSource, api: Service) -> None:
    assert (source.mode, source.open_after, source.resolve_after) == ("draft", 60, 300)
    stored = {"when": {"job": "api", "severity": "critical"}, "service": api.pk, "level": "major_outage"}
    assert source.mapping == [stored]


def test_the_mapping_follows_a_service_that_is_renamed(
    desk: Desk, source: AlertSource, api: Service, ops: Actor
) -> None:
    api.change(by=ops, slug="public-api")
    assert desk.open(page_of(source)).form.fields["mapping"] == [RULE.replace("> api", "> public-api")]


def test_a_change_is_saved_and_audited(desk: Desk, source: AlertSource) -> None:
    desk.send(page_of(source), mode="open_and_resolve", mapping="")
    source.refresh_from_db()
    assert (source.mode, source.mapping) == ("open_and_resolve", [])
    entry = AuditEntry.objects.get(action="updated")
    assert (entry.before["mode"], entry.after["mode"], entry.actor) == ("draft", "open_and_resolve", "night")


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("api major_outage", "Line 1: write label=value"),
        (f"{RULE}\njob=x -> api broken", "Line 2: there is no level broken"),
        ("job= -> api major_outage", "Line 1: each label needs a value"),
        ("job=x -> printer major_outage", "There is no service printer"),
        ("job=x -> api operational", "there is no level operational"),
    ],
)
def test_a_mapping_that_cannot_be_read_says_which_line(
    desk: Desk, source: AlertSource, mapping: str, says: str
) -> None:
    page = desk.send(page_of(source), mapping=mapping)
    assert says in page.words
    assert page.form.fields["mapping"] == [mapping]


def test_the_token_is_shown_once(desk: Desk, source: AlertSource) -> None:
    page = desk.send(page_of(source, "token/"))
    found = re.search(r"Bearer (\S+)", page.words)
    assert found
    assert AlertSource.of_token("prometheus", found[1]) == source
    assert "no-store" in page.response["Cache-Control"]
    for path in (page_of(source), page_of(source, "token/"), "/admin/incidents/alertsource/"):
        assert found[1] not in desk.open(path).html


def test_looking_at_the_page_makes_no_token(desk: Desk, source: AlertSource) -> None:
    desk.open(page_of(source, "token/"))
    source.refresh_from_db()
    assert source.token_hash == ""


def test_the_list_tells_when_it_last_sent_something(desk: Desk, source: AlertSource, ops: Actor, now: datetime) -> None:
    source.receive([Signal("disk", "Disk full", is_firing=True, at=now)], by=ops, now=now)
    assert "21 Nov 2026, 12:00 UTC" in desk.open("/admin/incidents/alertsource/").words


def test_alerts_are_listed_and_cannot_be_changed(desk: Desk, source: AlertSource, ops: Actor, now: datetime) -> None:
    source.receive([Signal("disk", "Disk full", is_firing=True, at=now)], by=ops, now=now)
    assert "Disk full" in desk.open("/admin/incidents/alert/").words
    page = f"/admin/incidents/alert/{Alert.objects.get().pk}/"
    assert desk.client.get(f"{page}change/").status_code == 200
    assert desk.client.post(f"{page}delete/", {"post": "yes"}).status_code == 403


def test_a_source_is_deleted_with_its_alerts(desk: Desk, source: AlertSource, ops: Actor, now: datetime) -> None:
    source.receive([Signal("disk", "Disk full", is_firing=True, at=now)], by=ops, now=now)
    desk.send(page_of(source, "delete/"))
    assert not AlertSource.objects.exists()
    assert not Alert.objects.exists()


@pytest.mark.parametrize("page", ["", "add/", "{pk}/change/", "{pk}/token/"])
def test_other_staff_are_refused(client: Client, source: AlertSource, staff: Callable[..., User], page: str) -> None:
    client.force_login(staff("clerk", roles.DATA_PROTECTION_OFFICER))
    assert client.get(f"/admin/incidents/alertsource/{page.format(pk=source.pk)}").status_code == 403
