"""Services and groups as components."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, Service, ServiceGroup
from incidents.severity import ServiceStatus
from incidents.statuspage.ids import page_id
from tests.statuspage.served import Payload, fetch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HOUR = timedelta(hours=1)
LEAF = (
    *("id", "name", "status", "created_at", "updated_at", "position", "description", "showcase"),
    *("start_date", "group_id", "page_id", "group", "only_show_if_degraded"),
)
type Add = Callable[..., Service]


def rows() -> list[Payload]:
    found: list[Payload] = fetch("components")["components"]
    return found


def by_name() -> dict[str, Payload]:
    return {row["name"]: row for row in rows()}


@pytest.fixture
def europe(db: None, ops: Actor, now: datetime) -> ServiceGroup:
    return ServiceGroup.add(by=ops, slug="europe", name="Europe", position=5, now=now - 9 * HOUR)


def test_a_service_has_thirteen_keys_in_the_order_of_the_format(service: Add) -> None:
    created = datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)
    api = service("api", name="API", description="For programs.", start_date=date(2025, 5, 1), now=created)
    [row] = rows()
    assert tuple(row) == LEAF
    assert row == {
        "id": api.pk,
        "name": "API",
        "status": "operational",
        "created_at": "2026-01-02T03:04:05.678Z",
        "updated_at": "2026-01-02T03:04:05.678Z",
        "position": 1,
        "description": "For programs.",
        "showcase": True,
        "start_date": "2025-05-01",
        "group_id": None,
        "page_id": page_id(),
        "group": False,
        "only_show_if_degraded": False,
    }


def test_a_group_has_a_fourteenth_key_that_lists_its_services_in_order(service: Add, europe: ServiceGroup) -> None:
    second = service("b", group=europe, position=2)
    first = service("a", group=europe, position=1, description="")
    rows = by_name()
    assert tuple(rows["Europe"]) == (*LEAF, "components")
    assert rows["Europe"]["components"] == [first.pk, second.pk]
    assert [rows["Europe"][key] for key in ("group", "showcase", "start_date", "group_id")] == [True, False, None, None]
    assert (rows["A"]["group_id"], rows["A"]["description"]) == (europe.pk, None)


def test_positions_count_within_their_level_and_order_the_whole_list(service: Add, europe: ServiceGroup) -> None:
    for slug, position in (("one", 3), ("three", 70)):
        service(slug, position=position)
    for slug, position in (("x", 10), ("y", 20)):
        service(slug, position=position, group=europe)
    service("hidden", position=1, is_public=False)
    assert [(row["name"], row["position"]) for row in rows()] == [
        *(("One", 1), ("X", 1), ("Europe", 2), ("Y", 2), ("Three", 3)),
    ]


def test_a_group_without_a_public_service_is_left_out(service: Add, europe: ServiceGroup) -> None:
    service("secret", group=europe, is_public=False)
    assert rows() == []


def test_a_group_is_as_bad_as_its_worst_service(
    service: Add, europe: ServiceGroup, incident: Callable[..., Incident]
) -> None:
    service("fine", group=europe)
    incident(levels={service("ill", group=europe): ServiceStatus.MAJOR_OUTAGE})
    assert by_name()["Europe"]["status"] == "major_outage"


def updated(name: str) -> str:
    return str(by_name()[name]["updated_at"])[11:16]


@pytest.fixture
def story(service: Add, europe: ServiceGroup, incident: Callable[..., Incident], ops: Actor, now: datetime) -> Any:
    """The service "Api" of the group "Europe" was made at 03:00 and hit at 04:00; `post` tells what came after."""
    at = now - 9 * HOUR
    api = service("api", group=europe, now=at)
    service("other", group=europe, now=at)
    opened = incident(levels={api: ServiceStatus.PARTIAL_OUTAGE}, now=at + HOUR)

    def post(status: IncidentStatus, after: float, level: ServiceStatus | None = None) -> None:
        levels = {api: level} if level else None
        opened.post_update(by=ops, status=status, levels=levels, now=at + after * HOUR)

    return post


def test_a_component_was_updated_when_its_status_changed(story: Any) -> None:
    assert [updated(name) for name in ("Api", "Europe", "Other")] == ["04:00", "04:00", "03:00"]
    story(IncidentStatus.IDENTIFIED, after=2)  # says nothing of levels
    assert updated("Api") == "04:00"
    story(IncidentStatus.IDENTIFIED, after=3, level=ServiceStatus.MAJOR_OUTAGE)
    assert updated("Api") == "06:00"
    story(IncidentStatus.RESOLVED, after=4)
    assert [updated(name) for name in ("Api", "Europe", "Other")] == ["07:00", "07:00", "03:00"]


def test_what_is_no_worse_than_what_it_is_in_changes_no_status(
    story: Any, incident: Callable[..., Incident], now: datetime, ops: Actor
) -> None:
    api = Service.objects.get(slug="api")
    lesser = incident(levels={api: ServiceStatus.DEGRADED_PERFORMANCE}, now=now - 6 * HOUR)
    lesser.post_update(by=ops, status=IncidentStatus.RESOLVED, now=now - 5 * HOUR)
    assert updated("Api") == "04:00"


def test_a_component_was_updated_when_its_row_changed(story: Any, ops: Actor, now: datetime) -> None:
    Service.objects.get(slug="other").change(by=ops, description="New words.", now=now - HOUR)
    assert [updated(name) for name in ("Other", "Europe")] == ["11:00", "04:00"]
