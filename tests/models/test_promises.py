"""Ops are reminded of a word that they promised."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from incidents import roles
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, Delivery, Incident, MaintenanceWindow
from incidents.models.message import Kind
from incidents.models.pacing import Lane
from incidents.models.promises import broken_promise, nudge

HOUR = timedelta(hours=1)


@pytest.fixture
def night(user: Callable[..., User]) -> User:
    return user("night", roles.PLATFORM_OPS, email="night@example.com")


@pytest.fixture
def promised(incident: Callable[..., Incident], now: datetime) -> Incident:
    """At noon, the next word was promised for one o'clock."""
    return incident(now=now, next_update_at=now + HOUR)


def test_once_it_is_overdue_each_of_ops_gets_one_mail(promised: Incident, night: User, now: datetime) -> None:
    late = now + HOUR
    assert [nudge(late - timedelta(seconds=1)), nudge(late), nudge(late), nudge(late + 24 * HOUR)] == [0, 1, 0, 0]

    mail = Delivery.objects.get()
    assert (mail.kind, mail.lane, mail.user, mail.due_at) == (Kind.NUDGE, Lane.MAIL, night, late)
    assert broken_promise(mail.about) == (promised, late)


def test_only_ops_with_an_address_get_it(promised: Incident, user: Callable[..., User], now: datetime) -> None:
    user("day", roles.PLATFORM_OPS, email="day@example.com")
    user("root", roles.PLATFORM_OPS, email="root@example.com", is_superuser=True)
    user("silent", roles.PLATFORM_OPS)
    user("gone", roles.PLATFORM_OPS, email="gone@example.com", is_active=False)
    user("officer", roles.DATA_PROTECTION_OFFICER, email="officer@example.com")
    nudge(now + HOUR)
    assert set(Delivery.objects.values_list("user__username", flat=True)) == {"day", "root"}
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize("status", [IncidentStatus.INVESTIGATING, IncidentStatus.RESOLVED])
def test_a_word_that_came_in_time_keeps_the_promise(
    promised: Incident, night: User, ops: Actor, now: datetime, status: IncidentStatus
) -> None:
    promised.post_update(by=ops, status=status, now=now + HOUR / 2)
    assert nudge(now + 2 * HOUR) == 0


def test_a_new_promise_can_be_broken_anew(promised: Incident, night: User, ops: Actor, now: datetime) -> None:
    nudge(now + HOUR)
    about = Delivery.objects.get().about
    promised.post_update(by=ops, status=IncidentStatus.INVESTIGATING, next_update_at=now + 3 * HOUR, now=now + 2 * HOUR)
    assert broken_promise(about) is None
    assert [nudge(now + 2 * HOUR), nudge(now + 3 * HOUR)] == [0, 1]


def test_a_correction_keeps_no_promise(promised: Incident, night: User, ops: Actor, now: datetime) -> None:
    promised.updates.get().correct("Better words.", by=ops)
    assert nudge(now + HOUR) == 1


def test_a_note_that_completes_history_keeps_no_promise(
    promised: Incident, night: User, ops: Actor, now: datetime
) -> None:
    promised.post_update(by=ops, status=promised.state, display_at=now - HOUR, now=now + HOUR / 2)
    assert nudge(now + HOUR) == 1
    assert broken_promise(Delivery.objects.get().about) == (promised, now + HOUR)


def test_but_it_can_make_one(promised: Incident, night: User, ops: Actor, now: datetime) -> None:
    note: Any = {"status": promised.state, "display_at": now - HOUR, "next_update_at": now + 2 * HOUR}
    promised.post_update(by=ops, **note, now=now + HOUR / 2)
    assert [nudge(now + HOUR), nudge(now + 2 * HOUR)] == [0, 1]


def test_windows_have_promises_too(
    window: Callable[..., MaintenanceWindow], night: User, ops: Actor, now: datetime
) -> None:
    planned = window(now=now, scheduled_start_at=now + 4 * HOUR, scheduled_end_at=now + 5 * HOUR)
    planned.post_update(by=ops, status=MaintenanceStatus.SCHEDULED, next_update_at=now + HOUR, now=now)
    assert nudge(now + HOUR) == 1
    assert broken_promise(Delivery.objects.get().about) == (planned, now + HOUR)


@pytest.mark.parametrize("fields", [{"is_public": False}, {"is_public": True}])
def test_what_is_private_is_among_ops_all_the_same(
    incident: Callable[..., Incident], night: User, now: datetime, fields: dict[str, bool]
) -> None:
    incident(now=now, next_update_at=now + HOUR, **fields)
    assert nudge(now + HOUR) == 1


def test_a_promise_about_something_else_is_none(db: None) -> None:
    assert broken_promise({}) is None
