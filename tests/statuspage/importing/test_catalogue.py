"""What becomes of the components of a document."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from incidents.models import Actor, Service, ServiceGroup
from incidents.statuspage.importing.report import Report
from tests.statuspage.conftest import API_ID, LOGIN_ID, Document, component, document, told, update

Take = Callable[[Document], Report]

GROUP = component("groupgroup12", "Sign-in", group=True, position=3)


def test_groups_and_their_services_are_kept(take: Take) -> None:
    take(document(components=[component(LOGIN_ID, "Login", group_id="groupgroup12"), GROUP]))

    assert ServiceGroup.objects.get().slug == "sign-in"
    assert Service.objects.get().group == ServiceGroup.objects.get()


def test_a_service_keeps_its_place_its_words_and_its_age(take: Take) -> None:
    take(document(components=[component(description="For programs.", position=4, start_date="2021-05-06")]))

    stored = Service.objects.get()
    assert (stored.pk, stored.position, stored.description) == (API_ID, 4, "For programs.")
    assert (stored.created_at, stored.start_date) == (datetime(2020, 1, 1, tzinfo=UTC), date(2021, 5, 6))


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Phones/Chat", "phones-chat"), ("a_b", "a-b"), ("日本", API_ID), ("www.a.example", "www-a-example")],
)
def test_slugs_come_from_the_names(take: Take, name: str, slug: str) -> None:
    take(document(components=[component(name=name)]))

    assert Service.objects.get().slug == slug


def test_equal_names_get_different_slugs(take: Take) -> None:
    take(document(components=[component(), component(LOGIN_ID, "API")]))

    assert sorted(Service.objects.values_list("slug", flat=True)) == ["api", "api-2"]


def test_a_new_name_at_the_source_leaves_the_slug(take: Take) -> None:
    take(document(components=[component()]))

    report = take(document(components=[component(name="Interface")]))

    assert (Service.objects.get().name, Service.objects.get().slug) == ("Interface", "api")
    assert report.counts["service", "updated"] == 1


def test_a_service_that_was_renamed_here_keeps_its_new_name(take: Take, ops: Actor) -> None:
    take(document(components=[component()]))
    Service.objects.get().change(by=ops, name="Our API")

    report = take(document(components=[component()]))

    assert Service.objects.get().name == "Our API"
    assert report.left == [f"service {API_ID}"]


def test_a_service_of_our_own_with_the_same_name_is_not_touched(take: Take, api: Service) -> None:
    take(document(components=[component()]))

    assert Service.objects.get(pk=api.pk).name == api.name
    assert Service.objects.get(pk=API_ID).slug == "api-2"


def test_a_document_without_groups_takes_no_service_out_of_its_group(take: Take) -> None:
    take(document(components=[component(group_id="groupgroup12"), GROUP]))

    report = take(document(components=[component(group_id="groupgroup12")]))

    assert report.counts["service", "unchanged"] == 1


def test_a_state_that_no_incident_explains_is_named(take: Take) -> None:
    report = take(document(components=[component(status="major_outage")]))

    assert report.unexplained == [f"service {API_ID} (API): major_outage"]


def test_a_state_that_an_open_incident_explains_is_not(take: Take) -> None:
    open_one = told(update("investigating", "10:00"))

    report = take(document(open_one, components=[component(status="degraded_performance")]))

    assert report.unexplained == []


@pytest.mark.parametrize("number", [0, 1, 42])
def test_a_number_is_an_id_like_any_other(take: Take, number: int) -> None:
    report = take(document(components=[{**component(), "id": number}]))

    assert len(Service.objects.get().pk) == 12
    assert report.counts["service", "created"] == 1
