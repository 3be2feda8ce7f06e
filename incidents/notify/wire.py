"""A connection to where the guard lets us, with one deadline for all of it, and a bound for what comes back."""

import socket
import ssl
from collections.abc import Iterable
from time import monotonic
from typing import Any

import httpcore
import httpx

from incidents import guard

CONNECT_SECONDS = 3.0
LARGEST = 64 * 1024  # bytes of an answer that are read


class Wire(httpcore.NetworkBackend):
    """Leads to `url` and nowhere else. Timeouts that httpcore would set are for single reads, so they do not count."""

    def __init__(self, url: httpx.URL, seconds: float) -> None:
        self._url = url
        self._until = monotonic() + seconds

    def hurry(self, seconds: float) -> None:
        self._until = min(self._until, monotonic() + seconds)

    def left(self) -> float:
        """Seconds. Raises TimeoutError after the last."""
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Looks the name up once, and connects to what was judged: no second answer can lead elsewhere.

        Raises guard.Refused, guard.Unknown, guard.Unanswered, OSError.
        """
        return _Stream(self, self._connect(guard.addresses(self._url), guard.port(self._url)))

    def _connect(self, addresses: list[str], port: int) -> socket.socket:
        """The first of them that answers; each has an equal share of the time."""
        seconds = min(CONNECT_SECONDS, self.left()) / len(addresses)
        for address in addresses[:-1]:
            try:
                return socket.create_connection((address, port), seconds)
            except OSError:
                continue
        return socket.create_connection((addresses[-1], port), seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, wire: Wire, connected: socket.socket) -> None:
        self._wire, self._socket = wire, connected
        self._unread = LARGEST

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What is beyond the bound looks as if it had ended."""
        self._socket.settimeout(self._wire.left())
        read = self._socket.recv(min(max_bytes, self._unread)) if self._unread else b""
        self._unread -= len(read)
        return read

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            self._socket.settimeout(self._wire.left())
            rest = rest[self._socket.send(rest) :]

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._socket.settimeout(self._wire.left())
        try:
            return _Stream(self._wire, ssl_context.wrap_socket(self._socket, server_hostname=server_hostname))
        except OSError:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        """httpcore asks for `ssl_object`, to learn of HTTP/2; and for `is_readable` when it reuses what we never do."""
        return None
