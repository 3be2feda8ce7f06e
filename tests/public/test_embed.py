"""The banner for other sites. In a browser: tests/browser/test_embed.py."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from incidents.models import Incident, MaintenanceWindow, Service
from incidents.severity import ServiceStatus, Severity
from tests.public.conftest import Pages, words

XSS = "</script><script>alert(1)</script>"


@pytest.fixture
def told(client: Client, frozen: object) -> Callable[[], Any]:
    """What the script has been given to show."""

    def read() -> Any:
        answer = client.get("/embed.js")
        assert answer["Content-Type"] == "text/javascript; charset=utf-8"
        return json.loads(answer.content.decode().rpartition("})(")[2].removesuffix(");\n"))

    return read


@pytest.fixture
def frame(client: Client, frozen: object) -> Callable[[], str]:
    return lambda: words(BeautifulSoup(client.get("/embed/").content, "html.parser").body)


@pytest.mark.usefixtures("api")
def test_while_all_is_well_there_is_nothing(told: Callable[[], Any], frame: Callable[[], str]) -> None:
    assert told()["banner"] is None
    assert frame() == ""


def test_what_is_wrong_is_said_and_led_to(
    told: Callable[[], Any], frame: Callable[[], str], api: Service, incident: Callable[..., Incident]
) -> None:
    story = incident(title="Slow answers", levels={api: ServiceStatus.PARTIAL_OUTAGE})
    banner = told()["banner"]
    assert (banner["headline"], banner["titles"]) == ("Partial System Outage: API", ["Slow answers"])
    assert banner["link"] == f"http://127.0.0.1:8000/incidents/{story.pk}/"
    assert frame() == "Partial System Outage: API Slow answers Details"


def test_of_several_things_three_are_named_and_home_leads_to_all(
    told: Callable[[], Any], api: Service, incident: Callable[..., Incident]
) -> None:
    for number in range(4):
        incident(title=f"No. {number}", levels={api: None})
    banner = told()["banner"]
    assert len(banner["titles"]) == 3
    assert banner["link"] == "http://127.0.0.1:8000/"


@pytest.mark.usefixtures("under_way")
def test_maintenance_under_way_is_said_in_blue(told: Callable[[], Any]) -> None:
    banner = told()["banner"]
    assert (banner["tone"], banner["titles"]) == ("maintenance", ["Upgrade"])


def test_its_key_changes_with_what_it_says(
    told: Callable[[], Any], api: Service, incident: Callable[..., Incident], frozen: Any, ops: Any
) -> None:
    story = incident(levels={api: None})
    before = told()["banner"]["key"]
    frozen.shift(600)
    assert told()["banner"]["key"] == before
    story.edit(by=ops, title="Worse")
    assert told()["banner"]["key"] != before


def test_what_is_private_raises_no_banner(
    told: Callable[[], Any], service: Callable[..., Service], incident: Callable[..., Incident], api: Service
) -> None:
    vault = service("vault", is_public=False)
    incident(severity=Severity.CRITICAL, levels={api: None}, is_public=False)
    incident(title="Half", levels={vault: ServiceStatus.MAJOR_OUTAGE, api: None}, is_public=False)
    assert told()["banner"] is None


def test_a_title_cannot_leave_the_text_that_it_is_in(
    client: Client, told: Callable[[], Any], api: Service, incident: Callable[..., Incident]
) -> None:
    incident(title=XSS, levels={api: None})
    assert told()["banner"]["titles"] == [XSS]
    assert b"<" not in client.get("/embed.js").content.rpartition(b"})(")[2]
    page = BeautifulSoup(client.get("/embed/").content, "html.parser")
    assert page.select("script:not([src^='/static/'])") == []
    assert XSS in page.get_text()


def test_only_the_frame_may_be_framed(client: Client, pages: Pages) -> None:
    open_to_all = [
        name
        for name, path in pages.items()
        if "frame-ancestors 'none'" not in (answer := client.get(path))["Content-Security-Policy"]
        or answer.get("X-Frame-Options") != "DENY"
    ]
    assert open_to_all == ["embed"]
    policy = client.get("/embed/")["Content-Security-Policy"]
    assert "frame-ancestors *;" in policy
    assert "unsafe" not in policy
    assert "X-Frame-Options" not in client.get("/embed/")


def test_neither_form_needs_what_a_strict_policy_forbids(
    client: Client, api: Service, incident: Callable[..., Incident]
) -> None:
    incident(levels={api: None})
    page = BeautifulSoup(client.get("/embed/").content, "html.parser")
    assert [tag for tag in page.find_all(True) if tag.has_attr("style") or tag.name == "style"] == []
    assert [tag.get_text() for tag in page.select("script")] == [""]
    script = client.get("/embed.js").content.decode()
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|createElement\(.style", script)


@pytest.mark.usefixtures("window")
def test_a_window_that_is_only_planned_raises_no_banner(told: Callable[[], Any], planned: MaintenanceWindow) -> None:
    assert told()["banner"] is None
