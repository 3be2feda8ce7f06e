"""Situations that many tests start from. The database is the one that DATABASE_URL names."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connection
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from incidents import roles
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, Subscription
from incidents.models.tokens import Purpose
from incidents.severity import Severity

PASSWORD = "correct horse"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@receiver(post_migrate)
def _add_the_roles_again(**_: object) -> None:
    """A test that commits ends with a flush, which takes along what the migrations added."""
    if "auth_group" in connection.introspection.table_names():
        for role in roles.ALL:
            Group.objects.get_or_create(name=role)


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    """Every test has its rate limits and failed logins to itself."""
    cache.clear()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def frozen(now: datetime) -> object:
    """Time stands still at `now`; `.shift(seconds)` moves it."""
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ops() -> Actor:
    return Actor("ops", "test")


@pytest.fixture
def service(db: None, ops: Actor) -> Callable[..., Service]:
    """Adds a service: service("api"), service("db", is_public=False)."""

    def add(slug: str, **fields: Any) -> Service:
        return Service.add(by=ops, **{"slug": slug, "name": slug.title(), **fields})

    return add


@pytest.fixture
def api(service: Callable[..., Service]) -> Service:
    return service("api", name="API")


@pytest.fixture
def login(service: Callable[..., Service]) -> Service:
    return service("login", name="Login")


@pytest.fixture
def incident(db: None, ops: Actor) -> Callable[..., Incident]:
    """Opens an incident: minor and investigating unless told otherwise."""

    def open_one(**fields: Any) -> Incident:
        given: dict[str, Any] = {
            "title": "Broken",
            "severity": Severity.MINOR,
            "status": IncidentStatus.INVESTIGATING,
            **fields,
        }
        return Incident.open(by=ops, force=True, **given)

    return open_one


@pytest.fixture
def window(db: None, ops: Actor) -> Callable[..., MaintenanceWindow]:
    """Schedules maintenance: window(scheduled_start_at=…, scheduled_end_at=…)."""

    def schedule(**fields: Any) -> MaintenanceWindow:
        return MaintenanceWindow.schedule(by=ops, **{"title": "Upgrade", **fields})

    return schedule


@pytest.fixture
def subscription(db: None, now: datetime) -> Callable[..., Subscription]:
    """A confirmed one, unless `verified` is false: subscription("ann@example.com", digest_frequency="daily")."""

    def add(address: str = "ann@example.com", *, verified: bool = True, **preferences: Any) -> Subscription:
        Subscription.subscribe(address, now=now)
        row = Subscription.objects.of_address(address).get()
        if verified:
            row = Subscription.verify(row.token(Purpose.CONFIRM), now=now)
        if preferences:
            row.change(**preferences, now=now)
        return row

    return add


@pytest.fixture
def user(db: None) -> Callable[..., User]:
    """Adds a user with roles: user("ann", "PLATFORM_OPS")."""

    def add(name: str, *held: str, **fields: Any) -> User:
        one = User.objects.create_user(name, password=PASSWORD, **fields)
        one.groups.set(Group.objects.filter(name__in=held))
        return one

    return add
