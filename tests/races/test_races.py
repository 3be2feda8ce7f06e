"""Many writers on one incident, over HTTP: the stored timeline is always a legal walk, and nobody's word is lost."""

import random
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest

from incidents.lifecycle import MOVES, OPEN_INCIDENT, IncidentStatus
from tests import server

WRITERS, INCIDENTS, ROUNDS = 8, 40, 3
LIST = "/api/v1/status/incidents"
SERVICES = "/status/v1/_admin/services"
SUBSCRIBERS = 3
TARGETS = (*OPEN_INCIDENT, IncidentStatus.RESOLVED)


_SUBSCRIBERS = f"""
from tests.notify.situations import rows
rows(f"ann{{n}}@example.com" for n in range({SUBSCRIBERS}))
"""
_FAN_OUT = """
from datetime import timedelta
from incidents.models.clock import database_now
from incidents.notify.fan_out import fan_out
while fan_out(database_now() + timedelta(minutes=1)):
    pass
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """With subscribers, and no worker."""
    with server.running(Path(tmp_path_factory.mktemp("races")), threads=WRITERS) as running:
        running.manage("shell", "-v0", "-c", _SUBSCRIBERS)
        yield running


@pytest.fixture
def ops(product: server.Server) -> Iterator[httpx.Client]:
    with product.ops() as client:
        yield client


def report(ops: httpx.Client, **fields: object) -> dict[str, Any]:
    given = {"title": "Race", "severity": "minor", "status": "investigating", "force": True, **fields}
    answer = ops.post(LIST, json=given)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


def post_update(ops: httpx.Client, incident: str, status: str) -> int:
    body = {"message": f"to {status}", "status": status}
    return ops.post(f"{LIST}/{incident}/updates", json=body).status_code


def add_service(ops: httpx.Client, slug: str) -> None:
    added = ops.post(SERVICES, json={"slug": slug, "name": slug.title()}, headers=fresh_key())
    assert added.status_code == 201, added.text


def fresh_key() -> dict[str, str]:
    return {"X-Idempotency-Key": str(uuid.uuid4())}


def fetch(client: httpx.Client, incident: str) -> dict[str, Any]:
    return client.get(f"{LIST}/{incident}").json()["data"]  # type: ignore[no-any-return]


def test_the_timeline_is_always_a_legal_walk(product: server.Server, ops: httpx.Client) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  (shown when it fails)
    events_before = count_of_updates_in_outbox(product)
    ids = [report(ops, title=f"Race {n}")["id"] for n in range(INCIDENTS)]
    together = Barrier(WRITERS)

    def write(number: int) -> Counter[tuple[str, int]]:
        dice, seen = random.Random(seed + number), Counter[tuple[str, int]]()
        with product.ops() as client:
            for _ in range(ROUNDS):
                together.wait()
                for incident in ids:
                    seen[incident, post_update(client, incident, dice.choice(TARGETS))] += 1
        return seen

    with ThreadPoolExecutor(WRITERS) as pool:
        answers = sum(pool.map(write, range(WRITERS)), Counter[tuple[str, int]]())
    with product.client() as public:
        at_once = {row["id"]: row["status"] for row in public.get(LIST, params={"page_size": 100}).json()["items"]}

    assert {status for _, status in answers} <= {201, 409}
    assert answers.total() == WRITERS * INCIDENTS * ROUNDS
    with product.client() as public:
        shown = {incident: fetch(public, incident) for incident in ids}
    for incident in ids:
        told = list(reversed(shown[incident]["updates"]))
        walk = [IncidentStatus(update["status"]) for update in told]
        assert all(to in MOVES[current] for current, to in pairwise(walk)), walk
        assert walk[-1] == shown[incident]["status"] == at_once[incident]
        assert shown[incident]["version"] == len(told) == 1 + answers[incident, 201]
        assert walk.count(IncidentStatus.RESOLVED) <= 1
        assert (shown[incident]["resolved_at"] is not None) == (walk[-1] == IncidentStatus.RESOLVED)
    accepted = sum(count for (_, status), count in answers.items() if status == 201)
    assert count_of_updates_in_outbox(product) - events_before == accepted
    each = {incident: SUBSCRIBERS * shown[incident]["version"] for incident in ids}
    assert deliveries(product, ids) == each


def test_of_two_resolutions_at_once_one_wins_and_is_mailed(product: server.Server, ops: httpx.Client) -> None:
    ids = [report(ops)["id"] for _ in range(10)]
    for incident in ids:
        with ThreadPoolExecutor(2) as pool:
            statuses = sorted(pool.map(lambda _, i=incident: post_update(ops, i, "resolved"), range(2)))
        assert statuses == [201, 409]
        assert [u["status"] for u in fetch(ops, incident)["updates"]].count("resolved") == 1
    assert deliveries(product, ids, "state = 'pending'") == dict.fromkeys(ids, SUBSCRIBERS)


def test_a_deletion_racing_with_an_update_leaves_no_orphan(product: server.Server, ops: httpx.Client) -> None:
    for _ in range(10):
        incident = report(ops)["id"]
        with ThreadPoolExecutor(2) as pool:
            deleted = pool.submit(ops.delete, f"{LIST}/{incident}")
            updated = pool.submit(post_update, ops, incident, "identified")
        assert deleted.result().status_code == 200
        assert updated.result() in (201, 404)
        assert product.query(f"SELECT count(*) FROM incidents_incidentupdate WHERE incident_id='{incident}'") == [(0,)]


def test_a_service_is_operational_exactly_when_both_of_its_incidents_are_resolved(
    product: server.Server, ops: httpx.Client
) -> None:
    add_service(ops, "raced")
    for _ in range(10):
        pair = [report(ops, affected_services=["raced"])["id"] for _ in range(2)]
        assert service_status(product) == "DEGRADED_PERFORMANCE"
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(lambda i: post_update(ops, i, "resolved"), pair)) == [201, 201]
        assert service_status(product) == "OPERATIONAL"


def test_of_many_reports_on_one_service_at_once_one_is_opened(product: server.Server, ops: httpx.Client) -> None:
    add_service(ops, "guarded")
    given = {"title": "Twice", "severity": "minor", "status": "investigating", "affected_services": ["guarded"]}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: ops.post(LIST, json=given), range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


def test_a_report_racing_with_the_deletion_of_its_service_is_whole_or_refused(ops: httpx.Client) -> None:
    for n in range(10):
        add_service(ops, f"gone-{n}")
        given = {"title": "Gone", "severity": "minor", "status": "investigating", "affected_services": [f"gone-{n}"]}
        with ThreadPoolExecutor(2) as pool:
            deleted = pool.submit(ops.delete, f"{SERVICES}/gone-{n}", headers=fresh_key())
            opened = pool.submit(ops.post, LIST, json=given)
        assert deleted.result().status_code in (200, 409)
        assert opened.result().status_code in (201, 400, 409)
        assert opened.result().status_code != 201 or deleted.result().status_code == 409


def service_status(product: server.Server) -> str:
    with product.client() as public:
        return str(public.get("/status/v1/services/raced").json()["data"]["status"])


def deliveries(product: server.Server, ids: list[str], where: str = "1 = 1") -> dict[str, int]:
    """How many each incident comes to; earlier mails about the same one are superseded."""
    product.manage("shell", "-v0", "-c", _FAN_OUT)
    told = "incidents_delivery JOIN incidents_event ON incidents_event.id = event_id"
    found = product.query(f"SELECT subject_id, count(*) FROM {told} WHERE {where} GROUP BY subject_id")
    return {str(incident): count for incident, count in found if incident in ids}


def count_of_updates_in_outbox(product: server.Server) -> int:
    [(count,)] = product.query("SELECT count(*) FROM incidents_event WHERE type = 'incident.update_posted'")
    return int(count)
