"""What dies in the middle of a write, and the retry that comes after: exactly one effect."""

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis

from tests import server
from tests.waiting import eventually

LIST = "/api/v1/status/incidents"
PATIENCE = 10  # seconds: PostgreSQL waits 2 for a lock, SQLite 5, and the machine may be slow


class Product:
    """The product, one client, and one write under one key that can be held up on its way."""

    def __init__(self, running: server.Server, client: httpx.Client) -> None:
        self.server, self.client = running, client
        self.stalled = Path(running.environment.get("STALLED", ""))
        self.key = str(uuid.uuid4())

    def write(self, **headers: str) -> httpx.Response:
        body = {"title": self.key, "severity": "minor", "status": "investigating"}
        return self.client.post(LIST, json=body, headers={"Idempotency-Key": self.key, **headers})

    @contextmanager
    def held_up(self, place: str) -> Iterator[Future[httpx.Response]]:
        """The write stands at `place`; it goes on when the block ends, if not before."""
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(self.write, **{"X-Stall": place})
            eventually(self.stalled.exists)
            try:
                yield writing
            finally:
                self.release()

    def release(self) -> None:
        self.stalled.unlink(missing_ok=True)

    def kill_worker(self) -> None:
        os.kill(int(self.stalled.read_text()), signal.SIGKILL)

    def effects(self) -> tuple[int, ...]:
        """How many incidents, events and keys there are of it."""
        incidents = f"SELECT id FROM incidents_incident WHERE title = '{self.key}'"
        sources = (
            f"({incidents}) AS those",
            f"incidents_event WHERE subject_id IN ({incidents})",
            f"incidents_idempotencyrecord WHERE key = '{self.key}'",
        )
        [counts] = self.server.query("SELECT " + ", ".join(f"(SELECT count(*) FROM {source})" for source in sources))
        return counts


@pytest.fixture(scope="module")
def running(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    directory, more = Path(tmp_path_factory.mktemp("retries")), getattr(request, "param", {})
    with server.running(directory, app="tests.stalling", STALLED=str(directory / "stalled"), **more) as running:
        yield running


with_redis_and_without = pytest.mark.parametrize(
    "running", [{}, server.WITHOUT_REDIS], indirect=True, ids=["usual", "without Redis"]
)


@pytest.fixture
def product(running: server.Server) -> Iterator[Product]:
    with running.ops() as client:
        yield Product(running, client)


def is_fresh(answer: httpx.Response) -> bool:
    return answer.status_code == 201 and "Idempotent-Replayed" not in answer.headers


def is_replay(answer: httpx.Response) -> bool:
    return answer.status_code == 201 and answer.headers.get("Idempotent-Replayed") == "true"


def test_a_duplicate_waits_for_the_first(product: Product) -> None:
    """I28"""
    with product.held_up("inside") as first, ThreadPoolExecutor(1) as pool:
        duplicate = pool.submit(product.write)
        time.sleep(0.5)
        assert not duplicate.done()
        product.release()
        assert is_fresh(first.result())
        assert is_replay(duplicate.result())
    assert product.effects() == (1, 1, 1)


def test_a_duplicate_does_not_wait_for_ever(product: Product) -> None:
    """I28"""
    with product.held_up("inside") as first:
        began = time.monotonic()
        duplicate = product.write()
        assert time.monotonic() - began < PATIENCE
        assert (duplicate.status_code, duplicate.headers["Retry-After"]) == (409, "1")
        assert duplicate.json()["i18n_key"] == "error.status.idempotency_in_progress"
        product.release()
        assert is_fresh(first.result())
    assert is_replay(product.write())
    assert product.effects() == (1, 1, 1)


@with_redis_and_without
def test_killed_inside_the_write_nothing_has_happened(product: Product) -> None:
    """I29"""
    with product.held_up("inside") as first:
        product.kill_worker()
        with pytest.raises(httpx.TransportError):
            first.result()
        product.release()
    assert product.effects() == (0, 0, 0)
    assert is_fresh(product.write())
    assert product.effects() == (1, 1, 1)


@with_redis_and_without
def test_killed_before_the_answer_it_has_happened_once(product: Product) -> None:
    """I30"""
    with product.held_up("after") as first:
        product.kill_worker()
        with pytest.raises(httpx.TransportError):
            first.result()
        product.release()
    assert product.effects() == (1, 1, 1)
    assert is_replay(product.write())
    assert product.effects() == (1, 1, 1)


@pytest.mark.postgres
def test_a_database_that_drops_the_write_has_done_nothing(product: Product) -> None:
    """I32"""
    with product.held_up("inside") as first:
        with closing(psycopg.connect(product.server.environment["DATABASE_URL"], autocommit=True)) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        product.release()
        failed = first.result()
    assert (failed.status_code, failed.headers["Retry-After"]) == (500, "5")
    assert product.effects() == (0, 0, 0)
    assert is_fresh(product.write())
    assert product.effects() == (1, 1, 1)


@pytest.fixture
def redis_server(tmp_path: Path, socket_enabled: None) -> Iterator["tuple[str, subprocess.Popen[bytes]]"]:
    """One of our own, so that it may be killed."""
    port = server.free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(tmp_path)]
    process = subprocess.Popen([shutil.which("redis-server") or "redis-server", *options], stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with closing(redis.Redis.from_url(url)) as client:
            eventually(lambda: answers(client))
        yield url, process
    finally:
        process.kill()
        process.wait()


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.mark.redis
@pytest.mark.skipif(not shutil.which("redis-server"), reason="needs the program redis-server")
def test_no_key_is_forgotten_when_redis_dies(
    tmp_path: Path, redis_server: "tuple[str, subprocess.Popen[bytes]]"
) -> None:
    """I35"""
    url, process = redis_server
    with server.running(tmp_path, REDIS_URL=url) as running, running.ops() as client:
        product = Product(running, client)
        assert is_fresh(product.write())
        process.kill()
        process.wait()
        assert is_replay(product.write())
        assert product.effects() == (1, 1, 1)
