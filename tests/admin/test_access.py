"""Who gets in, and what a hostile request meets."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from incidents import roles
from incidents.models import Incident
from tests.admin.filling import Desk

MODELS = ("incident", "maintenancewindow", "service", "servicegroup", "auditentry")


def lists() -> list[str]:
    return [f"admin:incidents_{model}_changelist" for model in MODELS]


@pytest.mark.parametrize("name", lists())
def test_platform_ops_see_every_list(desk: Desk, name: str) -> None:
    assert desk.open(reverse(name)).response.status_code == 200


@pytest.mark.parametrize("name", lists())
@pytest.mark.parametrize("role", ["", roles.DATA_PROTECTION_OFFICER])
def test_other_staff_are_refused(client: Client, staff: Callable[..., User], name: str, role: str) -> None:
    client.force_login(staff("clerk", role))
    assert client.get(reverse(name)).status_code == 403


def test_other_staff_see_nothing_of_incidents_on_the_start_page(
    client: Client, staff: Callable[..., User], incident: Callable[..., Incident]
) -> None:
    incident(title="Secret trouble")
    client.force_login(staff("clerk"))
    page = client.get("/admin/").content.decode()
    assert "Secret trouble" not in page
    assert "incidents/incident" not in page


@pytest.mark.parametrize("page", ["change/", "details/", "delete/", "history/", "postmortem/"])
def test_other_staff_are_refused_every_page_of_an_incident(
    client: Client,
    staff: Callable[..., User],
    incident: Callable[..., Incident],
    address: Callable[..., str],
    page: str,
) -> None:
    broken = incident()
    client.force_login(staff("clerk"))
    assert client.get(address(broken, page)).status_code == 403
    assert client.post(address(broken, page), {"version": "1"}).status_code == 403
    assert Incident.objects.get().version == 1


def test_other_staff_cannot_correct_a_wording(
    client: Client, staff: Callable[..., User], incident: Callable[..., Incident], address: Callable[..., str]
) -> None:
    broken = incident()
    client.force_login(staff("clerk"))
    page = address(broken, f"updates/{broken.updates.get().pk}/")
    assert client.post(page, {"version": "1", "message": "Ha"}).status_code == 403


def test_a_deactivated_or_unstaffed_holder_of_the_role_is_sent_to_the_login(client: Client, night: User) -> None:
    client.force_login(night)
    User.objects.update(is_staff=False)
    assert client.get(reverse(lists()[0])).status_code == 302


def test_a_superuser_sees_everything(client: Client, db: None) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(reverse(lists()[0])).status_code == 200


def test_a_post_without_csrf_token_is_refused(
    night: User, incident: Callable[..., Incident], address: Callable[..., str]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(night)
    broken = incident()
    answer = client.post(address(broken), {"version": "1", "status": "resolved", "message": "Ha"})
    assert answer.status_code == 403
    assert Incident.objects.get().status == "investigating"


@pytest.mark.parametrize("name", lists())
@pytest.mark.parametrize("query", ["q=%00", "title=%00", "status=%00", "subject_id=%00", "p=%00", "q=a%00b"])
def test_a_nul_in_a_query_is_no_server_error(desk: Desk, name: str, query: str) -> None:
    assert desk.client.get(f"{reverse(name)}?{query}", follow=True).status_code in (200, 400)


@pytest.mark.parametrize("wanted", ["nonsense", "%27", "%F0%9F%94%A5", "9" * 400])
def test_an_unknown_incident_is_not_found(desk: Desk, wanted: str) -> None:
    for page in ("change/", "details/", "delete/", "history/", "postmortem/", "updates/none/"):
        assert desk.client.get(f"/admin/incidents/incident/{wanted}/{page}").status_code == 404


def test_lists_offer_no_action_that_bypasses_the_domain(
    desk: Desk, incident: Callable[..., Incident], address: Callable[..., str]
) -> None:
    broken = incident()
    listed = reverse(lists()[0])
    assert "delete_selected" not in desk.open(listed).html
    desk.client.post(listed, {"action": "delete_selected", "_selected_action": broken.pk, "post": "yes"})
    assert Incident.objects.filter(pk=broken.pk).exists()


def test_a_nul_in_a_cookie_is_nobody_s_session(db: None, client: Client) -> None:
    answer = client.get("/admin/", headers={"Cookie": r'sessionid="abcdefghij\000kkk"'})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")
