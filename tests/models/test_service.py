from collections.abc import Callable
from datetime import date

import pytest

from incidents.errors import Conflict, Invalid, NotFound
from incidents.models import Actor, AuditEntry, Event, Impact, Incident, Service, ServiceGroup

pytestmark = pytest.mark.django_db


def test_slugs_are_unique(api: Service, service: Callable[..., Service]) -> None:
    with pytest.raises(Invalid, match="Another one has this slug"):
        service("api")


def test_a_change_is_recorded_with_what_it_was_before(api: Service, ops: Actor) -> None:
    api.change(by=ops, name="Public API", position=3)
    entry = AuditEntry.objects.get(action="updated")
    assert (entry.before, entry.after) == ({"name": "API", "position": 0}, {"name": "Public API", "position": 3})


def test_a_refused_change_leaves_the_row_alone(api: Service, ops: Actor) -> None:
    with pytest.raises(Invalid):
        api.change(by=ops, name="")
    assert Service.objects.get().name == "API"


def test_a_service_with_a_history_is_hidden_not_deleted(
    api: Service, ops: Actor, incident: Callable[..., Incident]
) -> None:
    incident(levels={api: None})
    with pytest.raises(Conflict, match="has a history"):
        api.remove(by=ops)
    assert Service.objects.filter(pk=api.pk).exists()


def test_deleting_a_group_leaves_its_services(service: Callable[..., Service], ops: Actor) -> None:
    group = ServiceGroup.add(by=ops, slug="eu", name="Europe")
    inside = service("eu-api", group=group)
    group.remove(by=ops)
    inside.refresh_from_db()
    assert inside.group is None


def test_a_start_date_counts_from_its_midnight(service: Callable[..., Service]) -> None:
    old = service("old", start_date=date(2020, 1, 2))
    assert old.since.isoformat() == "2020-01-02T00:00:00+00:00"


def test_impacts_of_a_private_service_are_not_public(
    service: Callable[..., Service], incident: Callable[..., Incident]
) -> None:
    incident(levels={service("internal", is_public=False): None})
    assert not Impact.objects.public().exists()


def test_a_change_of_a_private_service_is_no_public_change(service: Callable[..., Service], ops: Actor) -> None:
    hidden = service("hidden", is_public=False)
    hidden.change(by=ops, name="Other")
    assert not Event.objects.filter(public=True).exists()
    hidden.change(by=ops, is_public=True)
    hidden.change(by=ops, is_public=False)
    assert list(Event.objects.values_list("public", flat=True)) == [False, False, True, True]


def test_what_was_deleted_is_not_found(api: Service, ops: Actor) -> None:
    Service.objects.get(pk=api.pk).remove(by=ops)
    with pytest.raises(NotFound):
        api.change(by=ops, name="Other")
    with pytest.raises(NotFound):
        api.remove(by=ops)


def test_a_group_without_a_public_service_is_no_news_for_the_public(
    service: Callable[..., Service], ops: Actor
) -> None:
    group = ServiceGroup.add(by=ops, slug="eu", name="Europe")
    service("secret", group=group, is_public=False)
    group.change(by=ops, name="Our Europe")
    assert not Event.objects.filter(public=True).exists()
    service("open", group=group)
    group.change(by=ops, name="Europe")
    assert [event.type for event in Event.objects.filter(public=True)] == ["service.created", "servicegroup.updated"]
