"""Who subscribes an address learns nothing about it, not by the time that it takes either."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Channel, Delivery, Incident, Service, Subscription
from incidents.models.confirmation import DAILY, QUIET
from incidents.models.endpoint import Disabled
from incidents.models.message import State
from incidents.models.subscription import MOST_WAITING

ANN = "ann@example.com"
HOOK = "https://hooks.example.com/a"

type Situation = Callable[[], object]


@pytest.fixture
def wishes(api: Service, incident: Callable[..., Incident]) -> dict[str, Any]:
    return {"notify_recovery": False, "categories": ["api"], "incidents": [incident().pk]}


@pytest.fixture
def situations(
    subscription: Callable[..., Subscription], wishes: dict[str, Any], now: datetime
) -> dict[str, Situation]:
    """What may be known of an address, for `ask`."""

    def asked(count: int) -> None:
        for n in range(count):
            ask(now - (count - n) * QUIET, wishes)
            Delivery.objects.waiting().drop(State.SENT, now - (count - n) * QUIET)

    return {
        "unknown": lambda: None,
        "confirmed": lambda: subscription(ANN),
        "confirmed for some": lambda: subscription(ANN, **wishes),
        "quarantined": lambda: subscription(ANN).disable(Disabled.BOUNCING, now),
        "waiting": lambda: subscription(ANN, verified=False, **wishes),
        "just asked": lambda: ask(now - timedelta(minutes=1), wishes),
        "asked too often": lambda: asked(DAILY),
    }


def ask(at: datetime, wishes: dict[str, Any], endpoint: str = "") -> None:
    channel = Channel.WEBHOOK if endpoint else Channel.EMAIL
    Subscription.subscribe(ANN, channel=channel, endpoint=endpoint, now=at, **wishes)


def statements(act: Callable[[], None]) -> list[str]:
    """What each does to which table, in their order; whether a savepoint was kept is the one thing left out."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [_shape(query["sql"]) for query in captured.captured_queries]


def _shape(sql: str) -> str:
    sql = re.sub(r"(RELEASE|ROLLBACK TO) SAVEPOINT.*", "END OF SAVEPOINT", re.sub(r"^SAVEPOINT.*", "SAVEPOINT", sql))
    verb, tables = sql.split()[0], re.findall(r'(?:INTO|FROM|UPDATE|JOIN) "(\w+)"', sql)
    return f"{verb} {' '.join(tables)}"


@pytest.mark.parametrize("chosen", [True, False], ids=["with wishes", "without"])
def test_the_same_is_written_for_every_address(
    situations: dict[str, Situation], wishes: dict[str, Any], now: datetime, *, chosen: bool
) -> None:
    made = {}
    for name, happen in situations.items():
        happen()
        made[name] = statements(lambda: ask(now, wishes if chosen else {}))
        Subscription.objects.all().delete()
        Delivery.objects.all().delete()

    assert {name: _differs(made["unknown"], found) for name, found in made.items()} == {name: {} for name in made}


def _differs(wanted: list[str], found: list[str]) -> dict[str, int]:
    return {} if wanted == found else {**Counter(wanted), **{f"found {k}": v for k, v in Counter(found).items()}}


def test_so_is_for_who_has_endpoints_enough(db: None, wishes: dict[str, Any], now: datetime) -> None:
    fresh = statements(lambda: ask(now, wishes, HOOK))
    for n in range(MOST_WAITING):
        ask(now, wishes, f"{HOOK}{n}")
    before = Subscription.objects.count()

    assert statements(lambda: ask(now, wishes, f"{HOOK}/one/too/many")) == fresh
    assert Subscription.objects.count() == before


def test_who_asks_changes_nothing_of_what_is_confirmed(
    subscription: Callable[..., Subscription], wishes: dict[str, Any], now: datetime
) -> None:
    row = subscription(ANN, digest_frequency="daily", **wishes)
    before = row.facts()

    ask(now + QUIET, {"categories": [], "incidents": [], "notify_incidents": False, "digest_frequency": "weekly"})

    after = Subscription.objects.get().facts()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"asked_at", "deliveries"}


def test_of_one_that_waits_the_last_who_asked_is_right(
    subscription: Callable[..., Subscription], wishes: dict[str, Any], now: datetime
) -> None:
    subscription(ANN, verified=False, **wishes)

    ask(now, {"categories": [], "incidents": [], "digest_frequency": "daily"})

    row = Subscription.objects.get()
    assert (row.everything, row.covers, row.followed, row.digest_frequency) == (True, None, [], "daily")
