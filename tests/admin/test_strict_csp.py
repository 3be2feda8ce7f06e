"""The strict policy of the settings holds on every page of the desk."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.utils.csp import build_policy

from statussite.policy import CONTENT_SECURITY
from tests.admin.filling import Desk
from tests.admin.places import addresses, furnish

INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
POLICY = build_policy(CONTENT_SECURITY)
ELSEWHERE = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")

WRITTEN = [str(model._meta.model_name) for model in admin.site._registry]


def templates() -> list[Path]:
    return sorted((settings.BASE_DIR / "templates" / "admin").rglob("*.html"))


@pytest.mark.parametrize("template", templates(), ids=lambda path: path.name)
def test_our_templates_hold_nothing_inline(template: Path) -> None:
    assert not INLINE.search(template.read_text())


def faults(answer: Any) -> list[str]:
    html = answer.content.decode()
    found = [match[0] for match in (INLINE.search(html), ELSEWHERE.search(html)) if match]
    return found if answer["Content-Security-Policy"] == POLICY else [*found, "another policy"]


def test_every_answer_carries_the_policy_and_obeys_it(client: Client, db: None) -> None:
    furnish()
    client.force_login(User.objects.create_superuser("root"))
    answers = {path: client.get(path) for path in addresses() if not path.endswith("/jsi18n/")}
    assert {path: found for path, answer in answers.items() if (found := faults(answer))} == {}
    shown = [path for path, answer in answers.items() if answer.status_code == 200]
    assert len(shown) >= 4 * len(WRITTEN)
    assert [name for name in WRITTEN if not any(f"/{name}/" in path and "/change/" in path for path in shown)] == []


def test_so_does_the_login(client: Client, db: None) -> None:
    assert client.get("/admin/login/")["Content-Security-Policy"] == POLICY


def test_so_does_what_only_asks(desk: Desk, report: str) -> None:
    answer = desk.client.post(report, {"_foresee": "1", "message": "<script>alert(1)</script>"})
    assert answer["Content-Security-Policy"] == POLICY
    assert not INLINE.search(answer.content.decode())


def test_the_policy_allows_nothing_unsafe() -> None:
    assert "unsafe" not in POLICY
