"""Many clients at once: wrk where it is installed, else threads of Python (whose own cost then limits the figures)."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

WRK = shutil.which("wrk")
CLIENTS = 16
_SAY = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("said %d %d %f %f %f %d\\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), latency.max, e.connect + e.read + e.write + e.timeout + e.status))
end
"""


@dataclass(frozen=True)
class Blow:
    """`p50`, `p99` and `slowest` in milliseconds."""

    requests: int
    per_second: float
    p50: float
    p99: float
    slowest: float
    errors: int


def hammer(url: str, headers: Mapping[str, str], *, seconds: float) -> Blow:
    return _wrk(url, headers, seconds) if WRK else _python(url, headers, seconds)


def _wrk(url: str, headers: Mapping[str, str], seconds: float) -> Blow:
    with NamedTemporaryFile("w", suffix=".lua") as script:
        Path(script.name).write_text(_SAY)
        named = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        command = [WRK or "", "-t1", f"-c{CLIENTS}", f"-d{max(1, round(seconds))}s", "-s", script.name, *named, url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = next(line for line in done.stdout.splitlines() if line.startswith("said "))
    requests, microseconds, p50, p99, slowest, errors = map(float, said.split()[1:])
    return Blow(int(requests), requests / microseconds * 1e6, p50 / 1000, p99 / 1000, slowest / 1000, int(errors))


def _python(url: str, headers: Mapping[str, str], seconds: float) -> Blow:
    parts = urlsplit(url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{lines}\r\n".encode()
    times: list[float] = []
    errors: list[str] = []
    until = time.monotonic() + seconds

    def client() -> None:
        try:
            _ask_until(until, (parts.hostname or "", parts.port or 80), request, times)
        except OSError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cut = quantiles(times, n=100)
    return Blow(len(times), len(times) / seconds, cut[49] * 1000, cut[98] * 1000, max(times) * 1000, len(errors))


def _ask_until(until: float, address: tuple[str, int], request: bytes, times: list[float]) -> None:
    connection: socket.socket | None = None
    while time.monotonic() < until:
        start = time.perf_counter()
        connection = connection or socket.create_connection(address, 10)
        connection.sendall(request)
        is_open = _read_answer(connection)
        times.append(time.perf_counter() - start)
        if not is_open:
            connection.close()
            connection = None


def _read_answer(connection: socket.socket) -> bool:
    """Whether the connection stays open."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        some = connection.recv(65_536)
        if not some:
            raise OSError("closed early")
        answer += some
    head, _, body = answer.partition(b"\r\n\r\n")
    named = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    left = int(named.get(b"content-length", 0)) - len(body)
    while left > 0:
        left -= len(connection.recv(min(left, 65_536))) or left
    return named.get(b"connection") != b"close"
