"""A draft that is to be published later."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from incidents.errors import Conflict, Invalid
from incidents.jobs import publish_drafts
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Event, Incident, Service
from incidents.severity import ServiceStatus, Severity

HOUR = timedelta(hours=1)
IDENTIFIED = IncidentStatus.IDENTIFIED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def later(ops: Actor, api: Service, now: datetime) -> Callable[..., Incident]:
    def open_later(**fields: Any) -> Incident:
        given: dict[str, Any] = {"title": "Switch", "severity": Severity.MINOR, "status": IDENTIFIED, **fields}
        return Incident.open_later(now + HOUR, by=ops, levels={api: None}, message="It is switched.", **given)

    return open_later


def test_until_then_nobody_sees_it(later: Callable[..., Incident], frozen: Any, now: datetime) -> None:
    later()
    assert publish_drafts(now + HOUR - timedelta(seconds=1)) is False
    assert not Incident.objects.public().exists()
    assert not Event.objects.filter(notify=True).exists()


def test_then_it_is_published_in_its_words_and_begins(
    later: Callable[..., Incident], frozen: Any, now: datetime, api: Service
) -> None:
    story = later()
    frozen.shift(HOUR + timedelta(minutes=1))
    assert publish_drafts(now + HOUR + timedelta(minutes=1)) is True
    story.refresh_from_db()
    word = story.updates.latest("version")
    assert (story.status, word.message, word.author) == (IDENTIFIED, "It is switched.", "worker")
    assert story.started_at == now + HOUR + timedelta(minutes=1)
    assert story.impacts.open().levels() == {api.pk: ServiceStatus.DEGRADED_PERFORMANCE}
    assert (story.publish_at, story.publish_as) == (None, "")
    assert Event.objects.get(notify=True).subject_id == story.pk


def test_it_is_published_once_however_many_workers_come(later: Callable[..., Incident], now: datetime) -> None:
    story = later()
    assert [publish_drafts(now + 2 * HOUR) for _ in range(2)] == [True, False]
    assert story.updates.count() == 2


def test_it_is_quiet_if_that_was_said(later: Callable[..., Incident], now: datetime) -> None:
    later(notify=False)
    publish_drafts(now + 2 * HOUR)
    assert not Event.objects.filter(notify=True).exists()


@pytest.mark.parametrize(("minutes", "is_kept"), [(30, False), (90, True)])
def test_a_promise_that_is_past_by_then_is_none(
    later: Callable[..., Incident], now: datetime, minutes: int, is_kept: bool
) -> None:
    promised = now + timedelta(minutes=minutes)
    story = later(next_update_at=promised)
    publish_drafts(now + HOUR)
    assert story.updates.latest("version").next_update_at == (promised if is_kept else None)


def test_it_can_be_put_off_and_called_off(later: Callable[..., Incident], ops: Actor, now: datetime) -> None:
    story = later()
    story.publish_later(now + 3 * HOUR, status=IDENTIFIED, by=ops)
    assert publish_drafts(now + 2 * HOUR) is False
    story.publish_later(None, status=IDENTIFIED, by=ops)
    assert publish_drafts(now + 4 * HOUR) is False
    assert Incident.objects.get().status == "draft"


def test_what_was_published_by_hand_waits_no_longer(later: Callable[..., Incident], ops: Actor, now: datetime) -> None:
    story = later()
    story.post_update(by=ops, status=IncidentStatus.INVESTIGATING)
    assert story.publish_at is None
    assert publish_drafts(now + 2 * HOUR) is False
    with pytest.raises(Conflict):
        story.publish_later(now + HOUR, status=IDENTIFIED, by=ops)


@pytest.mark.parametrize(
    ("at", "status", "field"),
    [
        (timedelta(0), IDENTIFIED, "publish_at"),
        (timedelta(days=365 * 90), IDENTIFIED, "publish_at"),
        (HOUR, IncidentStatus.RESOLVED, "status"),
        (HOUR, IncidentStatus.DRAFT, "status"),
    ],
)
def test_what_makes_no_sense_is_refused(
    ops: Actor, now: datetime, at: timedelta, status: IncidentStatus, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        Incident.open_later(now + at, by=ops, title="Never", severity=Severity.MINOR, status=status)
    assert [error.field for error in caught.value.errors] == [field]
    assert not Incident.objects.exists()


def test_one_that_cannot_be_published_holds_up_no_other(
    later: Callable[..., Incident], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = later(title="Stuck"), later(title="Other", force=True)
    post = Incident.post_update

    def refuse(self: Incident, **given: Any) -> Any:
        if self.pk == stuck.pk:
            raise Conflict("No.")
        return post(self, **given)

    monkeypatch.setattr(Incident, "post_update", refuse)
    assert publish_drafts(now + 2 * HOUR) is True
    other.refresh_from_db()
    assert other.status == IDENTIFIED
