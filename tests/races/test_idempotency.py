"""One key, many requests at once, two web processes: one effect."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import server

PARALLEL = 50
LIST = "/api/v1/status/incidents"


@pytest.fixture(scope="module", params=[{}, server.WITHOUT_REDIS], ids=["usual", "without Redis"])
def product(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    with server.running(Path(tmp_path_factory.mktemp("keys")), workers=2, **request.param) as running:
        yield running


@pytest.fixture
def post(product: server.Server) -> Iterator[Callable[[str, str], httpx.Response]]:
    """Opens an incident: post(key, title)."""
    with product.ops() as client:

        def send(key: str, title: str) -> httpx.Response:
            body = {"title": title, "severity": "minor", "status": "investigating", "force": True}
            return client.post(LIST, json=body, headers={"Idempotency-Key": key})

        yield send


def in_parallel(send: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(send, range(PARALLEL)))


def sort_of(answer: httpx.Response) -> str:
    """ "fresh", "replay", or what the conflict is about."""
    if answer.status_code == 201:
        return "replay" if "Idempotent-Replayed" in answer.headers else "fresh"
    assert answer.status_code == 409, answer.text
    if answer.json()["i18n_key"] == "error.status.idempotency_in_progress":
        assert answer.headers["Retry-After"] == "1"
    return str(answer.json()["i18n_key"]).removeprefix("error.status.")


def written(product: server.Server, like: str) -> tuple[int, int]:
    """How many incidents, and how many events to be told to subscribers."""
    incidents = f"SELECT id FROM incidents_incident WHERE title LIKE '{like}'"
    [(rows, events)] = product.query(
        f"SELECT (SELECT count(*) FROM ({incidents}) AS those),"
        f" (SELECT count(*) FROM incidents_event WHERE notify AND subject_id IN ({incidents}))"
    )
    return rows, events


def test_fifty_times_the_same_is_done_once(product: server.Server, post: Callable[..., httpx.Response]) -> None:
    """I25, I27"""
    answers = in_parallel(lambda _: post("same", "Same"))
    sorts = Counter(map(sort_of, answers))
    assert sorts["fresh"] == 1
    assert set(sorts) <= {"fresh", "replay", "idempotency_in_progress"}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert written(product, "Same") == (1, 1)
    assert sort_of(post("same", "Same")) == "replay"


def test_of_fifty_requests_under_one_key_one_is_done(
    product: server.Server, post: Callable[..., httpx.Response]
) -> None:
    """I26"""
    answers = in_parallel(lambda n: post("one", f"Body {n}"))
    sorts = Counter(map(sort_of, answers))
    assert (sorts["fresh"], sorts["replay"]) == (1, 0)
    assert sorts["idempotency_mismatch"] + sorts["idempotency_in_progress"] == PARALLEL - 1
    assert written(product, "Body %") == (1, 1)


_PURGE_AGAIN_AND_AGAIN = """
from datetime import timedelta
from django.db.models.functions import Now
from incidents.models import IdempotencyRecord
for _ in range(150):
    IdempotencyRecord.objects.filter(key="purged").update(created_at=Now() - timedelta(hours=25))
    IdempotencyRecord.purge()
"""


@pytest.mark.parametrize("product", [{}], indirect=True, ids=["usual"])
def test_a_purge_never_breaks_a_replay(product: server.Server, post: Callable[..., httpx.Response]) -> None:
    """I34"""
    with ThreadPoolExecutor(5) as pool:
        purging = pool.submit(product.manage, "shell", "-v0", "-c", _PURGE_AGAIN_AND_AGAIN)

        def repeat(_: Any) -> Counter[str]:
            seen = Counter[str]()
            while not purging.done():
                seen[sort_of(post("purged", "Purged"))] += 1
            return seen

        sorts = sum(pool.map(repeat, range(4)), Counter[str]())
    purging.result()
    assert set(sorts) <= {"fresh", "replay", "idempotency_in_progress"}
    assert written(product, "Purged") == (sorts["fresh"], sorts["fresh"])
