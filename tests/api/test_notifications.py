"""Ops' programs: how far the telling has got, and taking it back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import AuditEntry, Delivery, Event, Incident, MaintenanceWindow, Subscription
from incidents.models.clock import database_now
from incidents.models.message import State
from tests.api.calling import ADMIN, Caller


@pytest.fixture(params=["incidents", "maintenance"])
def path(request: pytest.FixtureRequest, subscription: Callable[..., Subscription]) -> str:
    """Of a story that one mailbox is told of."""
    subscription()
    hour, now = timedelta(hours=1), timezone.now()
    story: Incident | MaintenanceWindow
    if request.param == "incidents":
        story = request.getfixturevalue("incident")()
    else:
        story = request.getfixturevalue("window")(scheduled_start_at=now + hour, scheduled_end_at=now + 2 * hour)
    return f"{ADMIN}/{request.param}/{story.pk}/notifications"


def shown(ops_caller: Caller, path: str) -> Any:
    (found,) = ops_caller.get(path).json()["data"]
    return found


def test_while_it_is_held_it_says_who_will_be_told(ops_caller: Caller, path: str) -> None:
    found, event = shown(ops_caller, path), Event.objects.get(notify=True)
    assert (found["event"], found["type"], found["phase"]) == (event.pk, event.type, "HELD")
    assert 0 < found["secondsLeft"] <= 30
    assert found["update"] == event.payload["update"]["id"]
    assert found["channels"] == [{"channel": "EMAIL", "waiting": 1, "sent": 0, "failed": 0, "dropped": 0}]


def test_then_what_became_of_it(ops_caller: Caller, path: str, delivery: Callable[..., Delivery]) -> None:
    Event.objects.update(fanned_out_at=database_now())
    delivery(Subscription.objects.get(), State.DEAD, event=Event.objects.get(notify=True))
    found = shown(ops_caller, path)
    assert (found["phase"], found["secondsLeft"], found["channels"][0]["failed"]) == ("DONE", 0, 1)


def test_withdrawn_nobody_is_told(ops_caller: Caller, path: str) -> None:
    answer = ops_caller.post(f"{path}/withdraw", {})
    assert (answer.status_code, answer.json()["data"]) == (200, {"withdrawn": 1})
    assert shown(ops_caller, path)["phase"] == "WITHDRAWN"
    assert AuditEntry.objects.get(action="notification_withdrawn").via == "api"


def test_too_late_is_a_conflict(ops_caller: Caller, path: str) -> None:
    Event.objects.update(fanned_out_at=database_now())
    answer = ops_caller.post(f"{path}/withdraw", {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ERR_STATUS_CONFLICT")


def test_who_has_not_seen_the_newest_version_withdraws_nothing(ops_caller: Caller, path: str) -> None:
    assert ops_caller.post(f"{path}/withdraw", {"version": 9}).status_code == 409
    assert ops_caller.post(f"{path}/withdraw", {}, If_Match='"v9"').status_code == 412
    assert Event.objects.held().exists()


@pytest.mark.parametrize("kind", ["incidents", "maintenance"])
def test_of_nothing_there_is_nothing(ops_caller: Caller, kind: str) -> None:
    nowhere = f"{ADMIN}/{kind}/abcdefghijkl/notifications"
    assert ops_caller.get(nowhere).status_code == 404
    assert ops_caller.post(f"{nowhere}/withdraw", {}).status_code == 404
