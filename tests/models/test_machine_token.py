from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import QuerySet

from incidents.errors import Conflict, Invalid, NotFound
from incidents.models import Actor, AuditEntry, MachineToken
from incidents.roles import DATA_PROTECTION_OFFICER, PLATFORM_OPS

type Issue = Callable[..., MachineToken]


@pytest.fixture
def issue(db: None, ops: Actor, now: datetime) -> Issue:
    """Issues a token of ops for a day: issue("ci")."""

    def make(name: str, *held: str, **other: Any) -> MachineToken:
        return MachineToken.issue(name, held or [PLATFORM_OPS], **{"days": 1, "by": ops, "now": now, **other})

    return make


def test_issuing_and_revoking_are_audited(issue: Issue, ops: Actor, now: datetime) -> None:
    token = issue("ci", DATA_PROTECTION_OFFICER, PLATFORM_OPS)
    token.revoke(by=ops, now=now)

    entries = AuditEntry.objects.filter(subject_id=token.pk).order_by("id")
    assert [(e.action, e.subject_type, e.subject_title, e.actor) for e in entries] == [
        ("issued", "machinetoken", "ci", "ops"),
        ("revoked", "machinetoken", "ci", "ops"),
    ]
    assert entries[0].after["roles"] == [PLATFORM_OPS, DATA_PROTECTION_OFFICER]


def test_a_name_is_taken_while_its_token_works(issue: Issue, ops: Actor) -> None:
    first = issue("ci")
    with pytest.raises(Conflict, match="already"):
        issue("ci")
    first.revoke(by=ops)
    assert issue("ci").pk != first.pk


def test_an_expired_token_makes_room_for_its_successor(issue: Issue, now: datetime) -> None:
    expired = issue("ci")
    issue("ci", now=now + timedelta(days=1))
    expired.refresh_from_db()
    assert expired.revoked_at == now + timedelta(days=1)


@pytest.mark.parametrize("name", ["", "a b", "a\n", "tökén", "x" * 65, "a\0", "../x"])
def test_a_name_is_a_word_that_is_easily_typed(issue: Issue, name: str) -> None:
    with pytest.raises(Invalid, match="name"):
        issue(name)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_it_lives_for_a_day_to_ten_years(issue: Issue, days: int) -> None:
    with pytest.raises(Invalid, match="days"):
        issue("ci", days=days)


@pytest.mark.parametrize("held", ["ADMIN", ""])
def test_it_holds_roles_that_there_are(issue: Issue, held: str) -> None:
    with pytest.raises(Invalid, match="roles"):
        issue("ci", held)


def test_it_is_revoked_once(issue: Issue, ops: Actor) -> None:
    token = issue("ci")
    token.revoke(by=ops)
    with pytest.raises(NotFound):
        MachineToken.objects.get().revoke(by=ops)


def test_its_use_is_noted_now_and_then(issue: Issue, now: datetime) -> None:
    token, minute = issue("ci"), timedelta(minutes=1)
    noted = []
    for passed in (0, 14, 15, 29, 30):
        MachineToken.objects.get().note_use(now + passed * minute)
        token.refresh_from_db()
        noted.append(token.last_used_at)
    assert noted == [now, now, now + 15 * minute, now + 15 * minute, now + 30 * minute]


def test_a_use_that_cannot_be_noted_is_no_failure(issue: Issue, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> int:
        raise OperationalError("database is locked")

    token = issue("ci")
    monkeypatch.setattr(QuerySet, "update", fails)
    token.note_use(now)
