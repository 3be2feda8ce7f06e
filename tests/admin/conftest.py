from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from incidents import roles
from incidents.models import Incident, MaintenanceWindow
from incidents.models.timeline import Timeline
from tests.admin.filling import Desk


@pytest.fixture
def staff(user: Callable[..., User]) -> Callable[..., User]:
    """staff("name", "ROLE", …): a member of staff with these roles."""

    return lambda name, *held: user(name, *held, is_staff=True)


@pytest.fixture
def night(staff: Callable[..., User]) -> User:
    """The person on call."""
    return staff("night", roles.PLATFORM_OPS)


@pytest.fixture
def desk(client: Client, night: User) -> Desk:
    client.force_login(night)
    return Desk(client)


@pytest.fixture
def address() -> Callable[..., str]:
    """address(incident), address(incident, "details/"): where the desk shows it."""

    def of(timeline: Timeline, page: str = "change/") -> str:
        return f"/admin/incidents/{timeline._meta.model_name}/{timeline.pk}/{page}"

    return of


@pytest.fixture
def report() -> str:
    return f"/admin/incidents/{Incident._meta.model_name}/add/"


@pytest.fixture
def plan() -> str:
    return f"/admin/incidents/{MaintenanceWindow._meta.model_name}/add/"
