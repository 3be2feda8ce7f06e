"""Many messages about the same thing at once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from incidents.models import Alert, Incident
from incidents.models.alert_source import Mode, Product
from tests.automation.conftest import Watcher, sample

pytestmark = pytest.mark.django_db(transaction=True)
SENDERS = 8


def all_at_once(watchers: list[Watcher]) -> list[int]:
    """Each sends its sample's alarm; those that are told to come again do."""
    barrier = Barrier(len(watchers))

    def send(one: Watcher) -> int:
        body = json.dumps(sample(f"{one.source.product}-firing"))
        headers = {"Authorization": f"Bearer {one.token}"}
        barrier.wait()
        try:
            for _ in range(20):
                answer = Client(raise_request_exception=False).post(
                    f"/hooks/{one.source.slug}/", body, content_type="application/json", headers=headers
                )
                if answer.status_code != 503:
                    break
            return answer.status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(watchers)) as pool:
        return list(pool.map(send, watchers))


@pytest.mark.parametrize("mode", list(Mode))
def test_the_same_message_from_many_senders_opens_one_incident(watcher: Callable[..., Watcher], mode: Mode) -> None:
    one = watcher(Product.GENERIC, mode=mode)
    assert set(all_at_once([one] * SENDERS)) == {200}
    assert Incident.objects.count() == 1
    assert Alert.objects.count() == 1


def test_many_sources_that_see_the_same_open_one_incident(watcher: Callable[..., Watcher]) -> None:
    watchers = [watcher(Product.GENERIC, slug=f"watcher-{n}") for n in range(SENDERS)]
    assert set(all_at_once(watchers)) == {200}
    assert Incident.objects.count() == 1
    assert set(Alert.objects.values_list("incident", flat=True)) == {Incident.objects.get().pk}
