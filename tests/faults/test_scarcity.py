"""F37, F38: nobody takes the log, and there are few files to open."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests import server
from tests.faults.crowd import crowd
from tests.perf.processes import cpu_seconds, family

MORE_THAN_A_PIPE_HOLDS = 400  # requests that are logged


@contextmanager
def full_disk(log: Path) -> Iterator[None]:
    log.symlink_to("/dev/full")
    yield


@contextmanager
def pipe_that_nobody_reads(log: Path) -> Iterator[None]:
    os.mkfifo(log)
    end = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield
    finally:
        os.close(end)


@pytest.mark.parametrize("fault", [full_disk, pipe_that_nobody_reads], ids=lambda fault: fault.__name__)
def test_a_log_that_takes_nothing_stops_nobody(
    fault: Callable[[Path], AbstractContextManager[None]], tmp_path: Path
) -> None:
    with fault(tmp_path / "gunicorn.log"), server.running(tmp_path) as product, product.ops() as ops:
        answers = {ops.get("/api/v1/status/overview").status_code for _ in range(MORE_THAN_A_PIPE_HOLDS)}
        given = {"title": "Nobody logs", "severity": "minor", "status": "investigating"}
        assert ops.post("/api/v1/status/incidents", json=given).status_code == 201
    assert answers == {200}


def test_connections_for_which_there_are_no_files_wait_and_end_nothing(tmp_path: Path) -> None:
    with server.running(tmp_path, before=("prlimit", "--nofile=256:256")) as product:
        processes = family(product.pid)
        with crowd(product.url, 400) as connections:
            for connection in connections:
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            time.sleep(1)
            used = cpu_seconds(product.pid)
            time.sleep(2)
            assert cpu_seconds(product.pid) - used < 1
        with product.client() as client:
            assert client.get("/").status_code == 200
        assert family(product.pid) == processes
