"""What a migration makes of rows that an older version wrote."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from incidents.models import Delivery, Subscription
from incidents.models.message import Kind, State, Urgency
from incidents.models.pacing import Lane

MINUTE = timedelta(minutes=1)


def migrate(name: str) -> Any:
    """The models as they were then."""
    executor = MigrationExecutor(connection)
    executor.migrate([("incidents", name)])
    return executor.loader.project_state([("incidents", name)]).apps


def newest() -> str:
    return max(name for app, name in MigrationExecutor(connection).loader.disk_migrations if app == "incidents")


@pytest.fixture
def back_at(transactional_db: None) -> Iterator[Callable[[str], Any]]:
    """The database as it was; afterwards it is as it is."""
    yield migrate
    migrate(newest())


def test_confirmations_that_waited_become_deliveries(back_at: Callable[[str], Any], now: datetime) -> None:
    old = back_at("0011_claiming").get_model("incidents", "Subscription").objects
    due = {"tried": now + 5 * MINUTE, "fresh": now, "sent": None}
    for name, due_at in due.items():
        times = dict.fromkeys(("asked_at", "created_at", "updated_at"), now)
        address = f"{name}@example.com"
        old.create(pk=f"{name:0<12}", address=address, address_key=address, confirmation_due_at=due_at, **times)

    migrate(newest())

    rows = Delivery.objects.order_by("due_at")
    assert list(rows.values_list("subscription__address", "due_at")) == [
        ("fresh@example.com", now),
        ("tried@example.com", now + 5 * MINUTE),
    ]
    for row in rows:
        assert (row.kind, row.lane, row.state) == (Kind.CONFIRMATION, Lane.MAIL, State.PENDING)
        assert (row.urgency, row.attempts, row.event) == (Urgency.AT_ONCE, 0, None)
    assert Subscription.objects.count() == len(due)


def test_all_that_somebody_has_is_found_by_an_index(db: None) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Subscription.objects.of_address("ann@example.com").order_by().explain()
    assert "SCAN INCIDENTS" not in plan.upper()  # SQLite's word for reading all of it
    assert "INDEX" in plan.upper()
