"""Who sees what at the desk: every list of it, for every role. A list that is in no line here fails."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from incidents import roles

OPS = {
    "incident", "maintenancewindow", "maintenanceseries", "service", "servicegroup", "incidenttemplate", "alertsource",
    "alert", "delivery", "machinetoken", "auditentry",
}  # fmt: skip
OPS_AND_OFFICER = {"subscription"}
SUPERUSERS = {"user", "group", "outstandingtoken"}
SEES = {
    "nobody's": set(),
    roles.DATA_PROTECTION_OFFICER: OPS_AND_OFFICER,
    roles.PLATFORM_OPS: OPS | OPS_AND_OFFICER,
    "superuser": OPS | OPS_AND_OFFICER | SUPERUSERS,
}


def lists() -> dict[str, str]:
    """Model → the address of its list."""
    found = [model._meta for model in admin.site._registry]
    return {str(meta.model_name): f"admin:{meta.app_label}_{meta.model_name}_changelist" for meta in found}


@pytest.fixture
def holder(staff: Callable[..., User]) -> Callable[[str], User]:
    def of(role: str) -> User:
        return User.objects.create_superuser("root") if role == "superuser" else staff("somebody", role)

    return of


@pytest.mark.parametrize("role", SEES)
def test_a_role_sees_its_lists_and_no_other(client: Client, holder: Callable[[str], User], role: str) -> None:
    client.force_login(holder(role))
    answers = {model: client.get(reverse(name)).status_code for model, name in lists().items()}
    assert {model for model, status in answers.items() if status == 200} == SEES[role]
    assert set(answers.values()) <= {200, 403}


@pytest.mark.parametrize("role", SEES)
def test_the_start_page_leads_to_these_alone(client: Client, holder: Callable[[str], User], role: str) -> None:
    client.force_login(holder(role))
    page = client.get("/admin/").content.decode()
    assert {model for model, name in lists().items() if f'"{reverse(name)}"' in page} == SEES[role]
