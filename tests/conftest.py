"""Situations that many tests start from. The database is the one that DATABASE_URL names."""

import socket
from collections import Counter
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
from incidents.models import (
    Actor,
    Attempt,
    Channel,
    Delivery,
    Event,
    Incident,
    MaintenanceWindow,
    Service,
    Subscription,
)
from incidents.models.message import DONE, Kind, State
from incidents.models.pacing import Lane
from incidents.models.tokens import Purpose
from incidents.severity import Severity
from tests.resolving import Names

PASSWORD = "correct horse"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@receiver(post_migrate)
def _add_the_roles_again(**_: object) -> None:
    """A test that commits ends with a flush, which takes along what the migrations added."""
    if "auth_group" in connection.introspection.table_names():
        for role in roles.ALL:
            Group.objects.get_or_create(name=role)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules of few tests first: those that start servers are among them and take minutes, so begun last, one of them
    would run while the other cores have nothing left to do."""
    sizes = Counter(item.path for item in items)
    items.sort(key=lambda item: sizes[item.path])


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
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    found = Names()
    monkeypatch.setattr(socket, "getaddrinfo", found.lookup(socket.getaddrinfo))
    return found


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
        row = Subscription.objects.of_address(address).mailboxes().get()
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


@pytest.fixture
def hook(subscription: Callable[..., Subscription]) -> Callable[..., Subscription]:
    """A confirmed subscription of another channel: hook(Channel.SLACK, "bob@example.com")."""

    def add(channel: Channel = Channel.WEBHOOK, address: str = "owner@example.com") -> Subscription:
        row = subscription(address)
        Subscription.objects.filter(pk=row.pk).update(channel=channel, endpoint_key=row.pk)
        row.refresh_from_db()
        return row

    return add


@pytest.fixture
def delivery(db: None, now: datetime) -> Callable[..., Delivery]:
    """A row as the engine leaves it: delivery(subscription, State.DEAD, event=event). The mail with which the
    subscription was confirmed is long forgotten."""

    def add(to: Subscription | None, state: State = State.PENDING, at: datetime = now, **fields: Any) -> Delivery:
        Delivery.objects.filter(kind=Kind.CONFIRMATION, subscription=to).delete()
        lane = Lane.MAIL if to is None or to.channel == Channel.EMAIL else Lane.HOOK
        times = {"due_at": at, "created_at": at, "finished_at": at if state in DONE else None}
        given = {"lane": lane, "subscription": to, "state": state, **times, **fields}
        return Delivery.objects.create(**given)

    return add


@pytest.fixture
def event(incident: Callable[..., Any]) -> Event:
    """An incident was opened, which subscribers are told."""
    incident()
    return Event.objects.get(notify=True)


@pytest.fixture
def attempt(db: None, now: datetime) -> Callable[..., Attempt]:
    def add(of: Delivery, at: datetime = now, error: str = "") -> Attempt:
        number = of.history.count() + 1
        return Attempt.objects.create(delivery=of, number=number, at=at, milliseconds=12, error=error)

    return add
