"""The change feed while many write: who follows it sees everything once, in order."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from tests import server

WRITERS, READERS, ROUNDS = 6, 2, 12
FEED = "/status/v1/_admin/events"
INCIDENTS = "/api/v1/status/incidents"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    with server.running(Path(tmp_path_factory.mktemp("feed")), threads=WRITERS + READERS) as running:
        yield running


def write(product: server.Server, number: int) -> int:
    """Reports, notes, refused moves and deletions; returns how many were accepted."""
    accepted = 0
    with product.ops() as ops:
        for n in range(ROUNDS):
            given = {"title": f"{number}.{n}", "severity": "minor", "status": "monitoring", "force": True}
            row = ops.post(INCIDENTS, json=given).json()["data"]["id"]
            answers = [
                ops.post(f"{INCIDENTS}/{row}/updates", json={"message": "note", "status": "monitoring"}),
                ops.post(f"{INCIDENTS}/{row}/updates", json={"message": "back", "status": "identified"}),
                ops.delete(f"{INCIDENTS}/{row}"),
            ]
            accepted += 1 + sum(answer.status_code in (200, 201) for answer in answers)
    return accepted


def turn(ops: httpx.Client, after: int) -> dict[str, Any]:
    answer = ops.get(FEED, params={"after": after, "pageSize": 7})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


def follow(product: server.Server, written: Event) -> list[dict[str, Any]]:
    """From the beginning until nothing more comes after the last write."""
    seen: list[dict[str, Any]] = []
    cursor = 0
    with product.ops() as ops:
        while True:
            was_written = written.is_set()
            read = turn(ops, cursor)
            seen += read["events"]
            cursor = read["next"]
            if was_written and not read["events"]:
                return seen


def test_a_reader_neither_skips_nor_repeats(product: server.Server) -> None:
    written = Event()
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        readers = [pool.submit(follow, product, written) for _ in range(READERS)]
        try:
            accepted = sum(pool.map(lambda number: write(product, number), range(WRITERS)))
        finally:
            written.set()
        stories = [reader.result() for reader in readers]
    assert accepted == WRITERS * ROUNDS * 3
    for seen in stories:
        assert [event["id"] for event in seen] == list(range(1, accepted + 1))
    assert stories[0] == stories[1]
    stored = product.query("SELECT id, subject_id, subject_version FROM incidents_event ORDER BY id")
    assert [(e["id"], e["subject"]["id"], e["subject"]["version"]) for e in stories[0]] == stored
