"""The word to the cluster's workers: it goes out after the commit, and nothing depends on it."""

import threading

import pytest
from django.db import transaction
from pytest_django import Settings

from incidents import checks, kick
from incidents.models import Delivery, Subscription
from statussite import environment

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def kicks(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages there were to send each time that workers would have been told."""
    seen: list[int] = []
    settings.CELERY_BROKER_URL = NOBODY
    monkeypatch.setattr(kick, "_begin", lambda: seen.append(Delivery.objects.count()))
    return seen


def test_workers_are_told_once_it_is_committed(transactional_db: None, kicks: list[int]) -> None:
    with transaction.atomic():
        Subscription.subscribe("ann@example.com")
        assert kicks == []
    assert kicks == [1]


def test_nobody_is_told_of_what_was_rolled_back(transactional_db: None, kicks: list[int]) -> None:
    with transaction.atomic():
        Subscription.subscribe("ann@example.com")
        transaction.set_rollback(True)
    assert kicks == []


def test_without_a_broker_nobody_is_told(transactional_db: None, kicks: list[int], settings: Settings) -> None:
    settings.CELERY_BROKER_URL = ""
    Subscription.subscribe("ann@example.com")
    assert kicks == []


def test_a_broker_that_is_away_fails_no_write(
    transactional_db: None, settings: Settings, caplog: pytest.LogCaptureFixture, socket_enabled: None
) -> None:
    settings.CELERY_BROKER_URL = NOBODY
    Subscription.subscribe("ann@example.com")
    for thread in threading.enumerate():
        if thread.name == "kick":
            thread.join(10)

    assert Delivery.objects.count() == 1
    assert "were not told" in caplog.text


def test_a_broker_without_celery_stops_the_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CELERY_BROKER_URL = NOBODY
    monkeypatch.setattr(checks, "find_spec", lambda _: None)
    assert [error.id for error in checks.a_broker_needs_celery()] == ["incidents.E003"]
    settings.CELERY_BROKER_URL = ""
    assert checks.a_broker_needs_celery() == []


@pytest.mark.parametrize("url", ["sqs://", "http://127.0.0.1", "127.0.0.1:6379"])
def test_a_broker_of_another_kind_stops_the_start(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    with pytest.raises(SystemExit, match="CELERY_BROKER_URL must be redis://"):
        environment.broker("CELERY_BROKER_URL")


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1/1", "amqps://user:secret@mq.example/"])
def test_redis_and_rabbitmq_will_do(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    assert environment.broker("CELERY_BROKER_URL") == url
