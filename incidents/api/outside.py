"""Asks a server of somebody else's. It may hang, drip, flood or redirect: who asks waits so long and no longer."""

import socket
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from threading import Thread
from time import monotonic
from typing import Any

import httpx

HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
_CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


def get(url: str, query: Mapping[str, Any] | None = None, *, seconds: float, largest: int) -> bytes:
    """The body of a 200, up to `largest` bytes, as it was sent: no redirect is followed, nothing is unpacked.

    Raises whatever went wrong, TimeoutError after `seconds` in total: finding, connecting and every byte included.
    """
    return _Call(seconds, largest).ask(url, query)


class _Call:
    """Runs in a thread of its own, since no timeout of a library covers the whole: not the name's resolution, and not
    headers that come byte by byte. At the deadline the connection is cut, so the thread ends too.
    """

    def __init__(self, seconds: float, largest: int) -> None:
        self._seconds, self._largest = seconds, largest
        self._deadline = monotonic() + seconds
        self._socket: socket.socket | None = None

    def ask(self, url: str, query: Mapping[str, Any] | None) -> bytes:
        answer: Future[bytes] = Future()
        about = copy_context()  # what logs and traces say of the request
        Thread(target=about.run, args=(self._settle, answer, url, query), name="outside", daemon=True).start()
        try:
            return answer.result(self._seconds)
        finally:
            self._cut()

    def _settle(self, answer: Future[bytes], url: str, query: Mapping[str, Any] | None) -> None:
        try:
            answer.set_result(self._read(url, query))
        except Exception as error:  # noqa: BLE001 it is raised where somebody waits for it
            answer.set_exception(error)

    def _read(self, url: str, query: Mapping[str, Any] | None) -> bytes:
        body, watch = bytearray(), {"trace": self._note_connection}
        with (
            httpx.Client(trust_env=False, timeout=self._seconds, headers=HEADERS) as client,
            client.stream("GET", url, params=query, extensions=watch) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"It answers {answer.status_code}.")
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > self._largest:
                    raise ValueError("It sends too much.")
        return bytes(body)

    def _note_connection(self, event: str, facts: Mapping[str, Any]) -> None:
        if event in _CONNECTED:
            self._socket = facts["return_value"].get_extra_info("socket")
            if monotonic() > self._deadline:  # nobody is left to cut it
                facts["return_value"].close()
                raise TimeoutError

    def _cut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # closed already, or about to become a TLS socket, whose handshake is timed
                self._socket.shutdown(socket.SHUT_RDWR)
