"""F09, F10, F11: Redis is killed, stands still, forgets, or takes no more. It only ever makes things quicker."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis as Client

from tests.faults.product import WRITE_FAILS_WITHIN, Product, product
from tests.faults.visitors import visiting
from tests.server import free_port

pytestmark = pytest.mark.redis


@dataclass
class Redis:
    url: str
    pid: int


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A server of the test's own."""
    program = shutil.which("redis-server")
    assert program, "redis-server was not found"
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    yield Redis(f"redis://127.0.0.1:{port}/0", process.pid)
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


@pytest.fixture
def site(redis: Redis, tmp_path: Path) -> Iterator[Product]:
    with product(tmp_path, variables={"REDIS_URL": redis.url}) as one:
        yield one


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_without_redis_everything_works(site: Product, redis: Redis, fault: signal.Signals) -> None:
    os.kill(redis.pid, fault)
    with visiting(site.server, site.paths) as seen:
        began = time.monotonic()
        site.token = site.server.token()
        assert site.write("Without Redis").status_code == 201
        assert time.monotonic() - began < WRITE_FAILS_WITHIN
        site.everywhere(lambda seen: b"Without Redis" in seen.body, within=3)
        time.sleep(1)
    assert seen.failures == set()
    assert seen.p95 < 0.3


@pytest.mark.parametrize("fault", [["FLUSHALL"], ["CONFIG", "SET", "maxmemory", "1"]], ids=["forgets", "full"])
def test_what_redis_forgets_or_refuses_is_no_loss(site: Product, redis: Redis, fault: list[str]) -> None:
    with visiting(site.server, site.paths) as seen, closing(Client.from_url(redis.url)) as client:
        assert client.execute_command(*fault)  # type: ignore[no-untyped-call]
        site.token = site.server.token()
        assert site.write("Without a memory").status_code == 201
        site.everywhere(lambda seen: b"Without a memory" in seen.body, within=3)
    assert seen.failures == set()
