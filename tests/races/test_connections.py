"""A refused body leaves the connection fit for the next request, over real sockets."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import server


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    with server.running(Path(tmp_path_factory.mktemp("connections")), threads=2) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/api/v1/status/incidents", 2_000_000, 413),
        ("/status/v1/nowhere", 200_000, 404),
        ("/api/v2/summary.json", 200_000, 405),
        ("/", 200_000, 405),
    ],
)
def test_the_next_request_on_a_connection_is_answered(
    product: server.Server, path: str, size: int, status: int
) -> None:
    connection = http.client.HTTPConnection(product.url.removeprefix("http://"), timeout=20)
    for _ in range(5):
        connection.request("POST", path, b"x" * size, {"Content-Type": "application/json"})
        refused = connection.getresponse()
        refused.read()
        assert refused.status == status
        connection.request("GET", "/api/v1/status/overview")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()
