"""Maintenance windows as scheduled maintenances."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents.lifecycle import MaintenanceStatus
from incidents.models import Actor, MaintenanceWindow, Service
from incidents.statuspage.ids import page_id
from tests.statuspage.served import Payload, fetch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HOUR = timedelta(hours=1)
UPCOMING, ACTIVE = "scheduled-maintenances/upcoming", "scheduled-maintenances/active"
IN_PROGRESS, COMPLETED = MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.COMPLETED
type Plan = Callable[..., MaintenanceWindow]


def served(name: str = "scheduled-maintenances") -> list[Payload]:
    found: list[Payload] = fetch(name)["scheduled_maintenances"]
    return found


@pytest.fixture
def planned(window: Plan, api: Service, now: datetime) -> MaintenanceWindow:
    """Announced at 07:00 for 10:00 to 12:00."""
    start = now - 2 * HOUR
    return window(scheduled_start_at=start, scheduled_end_at=now, services=[api], now=start - 3 * HOUR)


def test_a_window_has_its_keys_in_the_order_of_the_format(planned: MaintenanceWindow) -> None:
    [told] = served()
    assert list(told.items()) == [
        ("id", planned.pk),
        ("name", "Upgrade"),
        ("status", "scheduled"),
        ("created_at", "2026-11-21T07:00:00.000Z"),
        ("updated_at", "2026-11-21T07:00:00.000Z"),
        ("monitoring_at", None),
        ("resolved_at", None),
        ("impact", "maintenance"),
        ("shortlink", f"http://127.0.0.1:8000/maintenance/{planned.pk}/"),
        ("started_at", "2026-11-21T07:00:00.000Z"),
        ("page_id", page_id()),
        ("incident_updates", told["incident_updates"]),
        ("components", fetch("components")["components"]),
        ("scheduled_for", "2026-11-21T10:00:00.000Z"),
        ("scheduled_until", "2026-11-21T12:00:00.000Z"),
        ("reminder_intervals", None),
    ]


def test_its_updates_tell_what_was_under_maintenance(
    planned: MaintenanceWindow, ops: Actor, now: datetime, login: Service
) -> None:
    planned.post_update(by=ops, status=MaintenanceStatus.SCHEDULED, now=now - 119 * HOUR / 60)  # just before the start
    planned.advance(ops, now - HOUR)  # late: it took effect before that note
    planned.post_update(by=ops, status=COMPLETED, now=now)
    [told] = served()
    assert (told["status"], told["resolved_at"]) == ("completed", "2026-11-21T12:00:00.000Z")
    changes = [update["affected_components"] for update in reversed(told["incident_updates"])]
    assert changes[:2] == [None, [{**hit("operational", "operational"), "code": changes[2][0]["code"]}]]
    assert [[(c["old_status"], c["new_status"]) for c in change] for change in changes[2:]] == [
        [("operational", "under_maintenance")],
        [("under_maintenance", "operational")],
    ]


def hit(old: str, new: str) -> Payload:
    return {"code": "", "name": "API", "old_status": old, "new_status": new}


def test_its_components_are_those_planned_and_those_hit(
    planned: MaintenanceWindow, ops: Actor, login: Service, service: Callable[..., Service], now: datetime
) -> None:
    planned.post_update(by=ops, status=IN_PROGRESS, now=now - HOUR)
    planned.edit(by=ops, services=[login, service("vault", is_public=False)], now=now)
    assert [row["name"] for row in served()[0]["components"]] == ["API", "Login"]


def test_each_list_holds_its_states_the_newest_plan_first(window: Plan, ops: Actor, now: datetime) -> None:
    def plan(title: str, *moves: MaintenanceStatus, hours: int) -> None:
        start = now + hours * HOUR
        planned = window(title=title, scheduled_start_at=start, scheduled_end_at=start + HOUR)
        for move in moves:
            planned.post_update(by=ops, status=move)

    plan("Soon", hours=1)
    plan("Later", hours=9)
    plan("Running", IN_PROGRESS, hours=0)
    plan("Done", IN_PROGRESS, COMPLETED, hours=2)
    plan("Cancelled", MaintenanceStatus.CANCELLED, hours=3)
    names = {name: [told["name"] for told in served(name)] for name in (UPCOMING, ACTIVE, "summary")}
    assert names == {UPCOMING: ["Later", "Soon"], ACTIVE: ["Running"], "summary": ["Later", "Soon", "Running"]}
    assert [told["name"] for told in served()] == ["Later", "Done", "Soon", "Running"]


def test_the_fifty_newest_are_listed(window: Plan, now: datetime) -> None:
    for n in range(52):
        window(title=f"No. {n}", scheduled_start_at=now + n * HOUR, scheduled_end_at=now + (n + 1) * HOUR)
    assert [told["name"] for told in served()] == [f"No. {n}" for n in range(51, 1, -1)]
    assert len(served(UPCOMING)) == 52
