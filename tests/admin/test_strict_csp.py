"""The strict policy of the settings holds on every page of the desk."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.utils.csp import build_policy

from incidents.models import Incident, Service
from statussite.policy import CONTENT_SECURITY
from tests.admin.filling import Desk

INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
POLICY = build_policy(CONTENT_SECURITY)
ELSEWHERE = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")


def templates() -> list[Path]:
    return sorted((settings.BASE_DIR / "templates" / "admin").rglob("*.html"))


@pytest.mark.parametrize("template", templates(), ids=lambda path: path.name)
def test_our_templates_hold_nothing_inline(template: Path) -> None:
    assert not INLINE.search(template.read_text())


def lists_and_forms() -> list[str]:
    """Of every model that the desk has."""
    names = [f"{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    return ["", "password_change/", *names, *(f"{name}add/" for name in names)]


@pytest.mark.parametrize("page", lists_and_forms())
def test_every_answer_carries_the_policy_and_obeys_it(client: Client, api: Service, page: str) -> None:
    client.force_login(User.objects.create_superuser("root"))
    answer = client.get(f"/admin/{page}")
    html = answer.content.decode()
    assert answer["Content-Security-Policy"] == POLICY
    assert not INLINE.search(html)
    assert not ELSEWHERE.search(html)


def test_so_does_the_login(client: Client, db: None) -> None:
    assert client.get("/admin/login/")["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("page", ["change/", "details/", "delete/", "postmortem/", "publication/", "merge/"])
def test_the_pages_of_an_incident_obey_it(
    desk: Desk, incident: Callable[..., Incident], address: Callable[..., str], page: str
) -> None:
    answer = desk.open(address(incident(), page))
    assert answer.response["Content-Security-Policy"] == POLICY
    assert not INLINE.search(answer.html)


def test_so_does_what_only_asks(desk: Desk, report: str) -> None:
    answer = desk.client.post(report, {"_foresee": "1", "message": "<script>alert(1)</script>"})
    assert answer["Content-Security-Policy"] == POLICY
    assert not INLINE.search(answer.content.decode())


def test_the_policy_allows_nothing_unsafe() -> None:
    assert "unsafe" not in POLICY
