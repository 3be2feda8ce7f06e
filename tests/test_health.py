"""What probes and monitoring are told, by a process and of it."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from incidents.jobs import JOBS, run_all
from incidents.models import Attempt, Delivery, PeriodicJob, Subscription
from incidents.models.claiming import LOST
from incidents.models.clock import database_now
from incidents.models.message import State
from statussite import checkup
from statussite.checkup import Checkup, Report

TOKEN = "a token of sixteen or more"


@pytest.fixture(autouse=True)
def _looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "FRESH", -1.0)


@pytest.fixture
def working(db: None) -> None:
    """A worker has just made its rounds."""
    run_all(JOBS)


def lines(client: Client, path: str, status: int) -> dict[str, str]:
    answer = client.get(path, headers={"host": "10.1.2.3"})
    assert (answer.status_code, answer["Cache-Control"]) == (status, "no-store")
    return dict(line.split(": ", 1) for line in answer.content.decode().splitlines())


@pytest.mark.parametrize("host", ["localhost", "10.1.2.3"])
def test_a_probe_that_asks_by_address_is_answered_without_a_database(client: Client, host: str) -> None:
    answer = client.get("/livez", headers={"host": host})
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, b"ok\n", "no-store")


def test_who_is_ready_says_so_of_each_part(client: Client, working: None) -> None:
    said = lines(client, "/readyz", 200)
    assert {name: word.split(",")[0] for name, word in said.items()} == dict.fromkeys(
        ("database", "migrations", "cache", "worker", "queue"), "ok"
    )


def test_a_migration_that_is_missing_is_named_and_nobody_is_ready(client: Client, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'incidents' AND name LIKE '0014%'")
    said = lines(client, "/readyz", 503)
    assert said["migrations"] == "1 missing, the first is incidents.0014_promises_and_told_subjects"
    assert said["worker"] == "unknown"


def test_a_web_process_is_ready_without_a_worker_and_tells_that_none_came(client: Client, db: None) -> None:
    assert lines(client, "/readyz", 200)["worker"] == "late, never seen"
    assert lines(client, "/healthz/worker", 503)["worker"] == "late, never seen"


def test_a_worker_that_has_not_come_for_minutes_is_late(client: Client, working: None) -> None:
    PeriodicJob.objects.update(last_run_at=database_now() - timedelta(minutes=4))
    assert lines(client, "/healthz/worker", 503)["worker"] == "late, seen 240 s ago"


def test_a_worker_that_comes_is_well(client: Client, working: None) -> None:
    said = lines(client, "/healthz/worker", 200)
    assert said["queue"] == "ok, nothing is due"
    assert (said["leases lost in an hour"], said["given up in a day"]) == ("0", "0")


def test_a_message_that_has_waited_for_two_minutes_is_late(
    client: Client,
    working: None,
    subscription: Callable[..., Subscription],
    delivery: Callable[..., Delivery],
) -> None:
    delivery(subscription(), at=database_now() - timedelta(seconds=130))
    assert lines(client, "/healthz/worker", 503)["queue"].startswith("late, the oldest message has waited 13")


def test_lost_leases_and_dead_messages_are_counted(
    client: Client,
    working: None,
    subscription: Callable[..., Subscription],
    delivery: Callable[..., Delivery],
    attempt: Callable[..., Attempt],
) -> None:
    now = database_now()
    attempt(delivery(subscription(), State.DEAD, at=now), at=now, error=LOST)
    delivery(subscription("bob@example.com"), State.DEAD, at=now - timedelta(days=2))
    said = lines(client, "/healthz/worker", 200)
    assert (said["leases lost in an hour"], said["given up in a day"]) == ("1", "1")


def test_metrics_are_for_nobody_until_somebody_is_named(client: Client) -> None:
    assert client.get("/metrics").status_code == 403


@pytest.mark.parametrize(("network", "status"), [("127.0.0.0/8", 200), ("10.0.0.0/8", 403)])
def test_metrics_are_for_the_networks_that_are_allowed(
    client: Client, db: None, settings: Settings, network: str, status: int
) -> None:
    settings.METRICS_ALLOWED = (ip_network(network),)
    assert client.get("/metrics").status_code == status


@pytest.mark.parametrize(
    ("sent", "status"), [(f"Bearer {TOKEN}", 200), ("Bearer another", 403), (f"Basic {TOKEN}", 403), ("Bearer é", 403)]
)
def test_metrics_are_for_who_has_the_token(
    client: Client, db: None, settings: Settings, sent: str, status: int
) -> None:
    settings.METRICS_TOKEN = (TOKEN,)
    assert client.get("/metrics", headers={"authorization": sent}).status_code == status


AWAY = Report(has_database=False, missing=(), has_cache=False, pulse=None, at=0.0)


def seen(at: float) -> Report:
    return replace(AWAY, at=at)


def test_one_look_answers_all_who_ask_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "FRESH", 60.0)
    looks = iter([seen(time.monotonic()), AWAY])
    one = Checkup(lambda: next(looks))
    assert one.report() is one.report()


def test_who_asks_while_somebody_looks_is_told_what_was_last_seen() -> None:
    """So that a database that hangs holds one thread, and not all of them."""
    first, going, done = seen(time.monotonic()), threading.Event(), threading.Event()

    def slowly() -> Report:
        going.set()
        done.wait(20)
        return AWAY

    answers = iter([lambda: first, slowly])

    def look() -> Report:
        return next(answers)()

    one = Checkup(look)
    assert one.report() is first
    slow = threading.Thread(target=one.report)
    slow.start()
    assert going.wait(20)
    assert one.report() is first
    done.set()
    slow.join()
