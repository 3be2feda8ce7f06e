"""A connection to where the guard lets us, with one deadline for all of it, and a bound for what comes back."""

import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from incidents import guard
from incidents.notify.deadline import Deadline, connect

CONNECT_SECONDS = 3.0
LARGEST = 64 * 1024  # bytes of an answer that are read


class Wire(httpcore.NetworkBackend):
    """Leads to `url` and nowhere else. Timeouts that httpcore would set are for single reads, so they do not count."""

    def __init__(self, url: httpx.URL, seconds: float) -> None:
        self._url = url
        self.deadline = Deadline(seconds)

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
        addresses = guard.addresses(self._url)
        seconds = min(CONNECT_SECONDS, self.deadline.left())
        return _Stream(self.deadline, connect(addresses, guard.port(self._url), seconds))


class _Stream(httpcore.NetworkStream):
    def __init__(self, deadline: Deadline, connected: socket.socket) -> None:
        self._deadline, self._socket = deadline, connected
        self._unread = LARGEST

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What is beyond the bound looks as if it had ended."""
        self._socket.settimeout(self._deadline.left())
        read = self._socket.recv(min(max_bytes, self._unread)) if self._unread else b""
        self._unread -= len(read)
        return read

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            self._socket.settimeout(self._deadline.left())
            rest = rest[self._socket.send(rest) :]

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._socket.settimeout(self._deadline.left())
        try:
            return _Stream(self._deadline, ssl_context.wrap_socket(self._socket, server_hostname=server_hostname))
        except OSError:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        """httpcore asks for `ssl_object`, to learn of HTTP/2; and for `is_readable` when it reuses what we never do."""
        return None
