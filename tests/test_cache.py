"""The cache while Redis is well, killed, frozen and back."""

import logging
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from statussite import cache as module
from statussite.cache import CONNECTION, Circuit, RedisOrMemoryCache
from tests import server
from tests.api.calling import PROBLEM, Caller

on_redis = pytest.mark.redis


@dataclass(frozen=True)
class Redis:
    url: str
    process: "subprocess.Popen[bytes]"

    @property
    def patient_url(self) -> str:
        """For those who must not take a busy machine for a Redis that is away."""
        return f"{self.url}?socket_timeout=30&socket_connect_timeout=30"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    """One that a test may ill-treat."""
    binary, port = shutil.which("redis-server"), server.free_port()
    if binary is None:
        pytest.skip("redis-server is not on the PATH")
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    one = Redis(f"redis://127.0.0.1:{port}/0", subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL))
    try:
        patient = Retry(ConstantBackoff(0.05), 200)
        with redis.Redis.from_url(one.url, retry=patient) as client:
            client.ping()
        yield one
    finally:
        one.kill()


@pytest.fixture
def cache(own_redis: Redis) -> RedisOrMemoryCache:
    return RedisOrMemoryCache(own_redis.url, {})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is tried again at once."""
    monkeypatch.setattr(module, "LEFT_ALONE", 0)


@on_redis
def test_what_one_process_counts_the_others_see(own_redis: Redis) -> None:
    RedisOrMemoryCache(own_redis.patient_url, {}).add("count", 1)
    assert RedisOrMemoryCache(own_redis.patient_url, {}).incr("count") == 2
    with redis.Redis.from_url(own_redis.url) as client:
        assert client.keys() == [b":1:count"]


@on_redis
@pytest.mark.parametrize("harm", ["kill", "freeze"])
def test_without_redis_a_process_counts_for_itself(
    cache: RedisOrMemoryCache, own_redis: Redis, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    cache.set("known", 1)
    getattr(own_redis, harm)()
    with caplog.at_level(logging.WARNING):
        assert cache.get("known") is None
        assert (cache.add("count", 1), cache.add("count", 1), cache.incr("count")) == (True, False, 2)
        cache.set_many({"a": 1, "b": 2})
        assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert len(caplog.records) == 1


@on_redis
@pytest.mark.parametrize("harm", ["kill", "freeze"])
def test_redis_that_is_away_is_left_alone(cache: RedisOrMemoryCache, own_redis: Redis, harm: str) -> None:
    getattr(own_redis, harm)()
    cache.get("x")
    assert not cache.circuit.lets_through()
    assert not RedisOrMemoryCache(own_redis.url, {}).circuit.lets_through()  # another thread has another object


@on_redis
@pytest.mark.usefixtures("impatient")
def test_redis_that_is_back_is_used_again(cache: RedisOrMemoryCache, own_redis: Redis) -> None:
    own_redis.freeze()
    cache.get("anything")
    own_redis.thaw()
    with redis.Redis.from_url(own_redis.patient_url) as client:
        client.ping()
        cache.set("new", 1)
        assert client.keys() == [b":1:new"]


def test_one_wait_to_connect_and_one_for_the_answer_and_no_second_try() -> None:
    assert CONNECTION["socket_connect_timeout"] + CONNECTION["socket_timeout"] <= 0.3  # type: ignore[operator]
    assert CONNECTION["retry"].get_retries() == 0  # type: ignore[attr-defined]


def test_while_one_tries_the_others_wait_for_its_news(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit, clock = Circuit(), [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    circuit.open()
    assert not circuit.lets_through()
    clock[0] = module.LEFT_ALONE
    assert [circuit.lets_through() for _ in range(3)] == [True, False, False]
    circuit.close()
    assert [circuit.lets_through() for _ in range(3)] == [True, True, True]


@on_redis
@pytest.mark.parametrize("harm", ["kill", "freeze"])
def test_requests_pass_without_redis(db: None, own_redis: Redis, settings: Any, harm: str) -> None:
    settings.CACHES = {"default": {**settings.REDIS_CACHE, "LOCATION": own_redis.url}}
    caller = Caller()
    assert caller.get(f"{PROBLEM}/overview")["X-RateLimit-Remaining"] == "99"
    getattr(own_redis, harm)()
    answers = [caller.get(f"{PROBLEM}/overview") for _ in range(110)]
    assert [answer.status_code for answer in answers[:99]] == [200] * 99
    assert answers[-1].status_code == 429


@on_redis
def test_two_servers_with_one_redis_have_one_budget(own_redis: Redis, tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(server.running(tmp_path, REDIS_URL=own_redis.patient_url, RATE_LIMITS="true"))
        elsewhere = {**first.environment, "SITE_URL": f"http://127.0.0.1:{server.free_port()}"}
        second = stack.enter_context(server.serving(elsewhere, tmp_path / "second.log", "statussite.wsgi"))
        clients = [stack.enter_context(one.client()) for one in (first, second)] * 2
        left = [client.get(f"{PROBLEM}/nope").headers["X-RateLimit-Remaining"] for client in clients]
    assert left == ["99", "98", "97", "96"]
