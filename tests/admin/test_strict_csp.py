"""The strict policy of the settings holds on every page of the desk."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from incidents.models import Incident, Service
from tests.admin.filling import Desk

INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
ELSEWHERE = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")


def templates() -> list[Path]:
    return sorted((settings.BASE_DIR / "templates" / "admin").rglob("*.html"))


@pytest.mark.parametrize("template", templates(), ids=lambda path: path.name)
def test_our_templates_hold_nothing_inline(template: Path) -> None:
    assert not INLINE.search(template.read_text())


@pytest.mark.parametrize("page", ["", "incidents/incident/", "incidents/incident/add/", "incidents/service/add/"])
def test_the_answer_carries_the_policy_and_obeys_it(desk: Desk, page: str, api: Service) -> None:
    answer = desk.open(f"/admin/{page}")
    assert "'unsafe" not in answer.response["Content-Security-Policy"]
    assert not INLINE.search(answer.html)
    assert not ELSEWHERE.search(answer.html)


@pytest.mark.parametrize("page", ["change/", "details/", "delete/", "postmortem/"])
def test_the_pages_of_an_incident_obey_it(
    desk: Desk, night: User, incident: Callable[..., Incident], address: Callable[..., str], page: str
) -> None:
    assert not INLINE.search(desk.open(address(incident(), page)).html)
