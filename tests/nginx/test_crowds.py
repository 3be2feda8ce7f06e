"""F31, F33: ten thousand who read, and clients that send a byte and wait: nginx holds them, and they nobody up."""

import re
import socket
import time
from contextlib import ExitStack
from statistics import median

import httpx
import pytest

from tests.faults.crowd import answered, crowd
from tests.nginx.conftest import SetUp

pytestmark = pytest.mark.nginx

SLOW_HEADERS = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
SLOW_BODY = b"POST /api/v1/auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{"


def test_ten_thousand_visitors_are_all_answered(visitor: httpx.Client, set_up: SetUp) -> None:
    """In each round all of them ask before the first is read."""
    sheet = re.findall(r'href="(/static/[^"]+\.css)"', visitor.get("/").text)
    paths = ["/", *sheet, "/history/", "/api/v2/summary.json", "/history.rss", "/services/api/"]
    with crowd(set_up.nginx.url) as connections:
        ok = {b"HTTP/1.1 200 OK": len(connections)}
        for _ in range(3):
            assert answered(connections, paths) == ok


@pytest.mark.parametrize(("count", "begun"), [(1500, SLOW_HEADERS), (500, SLOW_BODY)], ids=["headers", "bodies"])
def test_slow_clients_hold_nobody_up(visitor: httpx.Client, set_up: SetUp, count: int, begun: bytes) -> None:
    """Each answer within a tenth of a second; or, on a machine that is busy, not much above that without them."""
    host, port = set_up.nginx.url.removeprefix("http://").split(":")
    usual = median(timed(visitor) for _ in range(9))
    with ExitStack() as slow:
        for _ in range(count):
            slow.enter_context(client := socket.create_connection((host, int(port)), 10))
            client.sendall(begun)
        assert median(timed(visitor) for _ in range(9)) < max(0.1, 4 * usual)


def timed(visitor: httpx.Client) -> float:
    """A page, and an answer that only the app has."""
    began = time.monotonic()
    assert visitor.get("/").status_code == 200
    assert visitor.get("/api/v1/status/overview").status_code == 200
    return time.monotonic() - began
