"""Django's way to a mail relay, with one deadline for each message, however slow the relay is at whatever step."""

import io
import smtplib
import socket
from collections.abc import Buffer
from contextlib import suppress
from functools import partial
from typing import Any

from django.core.mail.backends import smtp

from incidents.notify.deadline import Deadline, connect

COURTESY_SECONDS = 1.0  # for the answer to our goodbye
_CHUNK = 16 * 1024  # bytes; TLS sends no more at once, and no timeout is for more than that


class EmailBackend(smtp.EmailBackend):
    """`timeout` is for all that is done from `begin` on: connecting, each command, and each byte of the answers.

    `may_have_it`: since then the relay may have got a whole message.
    """

    def __init__(self, *, timeout: float, **given: Any) -> None:
        super().__init__(timeout=timeout, **given)
        self._seconds = timeout
        self.begin()

    def begin(self) -> None:
        self.deadline = Deadline(self._seconds)
        self.may_have_it = False

    def close(self) -> None:
        """Says goodbye, which is no message's: it has a little time of its own."""
        deadline, self.deadline = self.deadline, Deadline(COURTESY_SECONDS)
        try:
            super().close()
        finally:
            self.deadline = deadline

    @property
    def connection_class(self) -> Any:
        return partial(_Encrypted if self.use_ssl else _Connection, self)


class _Connection(smtplib.SMTP):
    def __init__(self, backend: EmailBackend, *given: Any, **options: Any) -> None:
        self._backend = backend
        super().__init__(*given, **options)

    def data(self, msg: Buffer | str) -> tuple[int, bytes]:
        self._backend.may_have_it = True
        return super().data(msg)

    def send(self, s: Buffer | str) -> None:
        whole = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        for start in range(0, len(whole), _CHUNK):
            self._limit()
            super().send(whole[start : start + _CHUNK])

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Answers(self.sock, self._backend))
        reply = super().getreply()
        if self.sock is not None:
            with suppress(TimeoutError):  # what was heard was in time
                self.sock.settimeout(self._backend.deadline.left())  # for TLS, which may be next
        return reply

    def _limit(self) -> None:
        """What comes next has the time that is left. Raises SMTPServerDisconnected, as smtplib does for all of them."""
        try:
            left = self._backend.deadline.left()
        except TimeoutError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected("It took too long.") from error
        if self.sock is not None:
            self.sock.settimeout(left)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
        deadline = self._backend.deadline
        connected = connect(addresses, port, deadline.left())
        connected.settimeout(deadline.left())
        return connected


class _Encrypted(smtplib.SMTP_SSL, _Connection):
    """Its socket is that of the other, in TLS."""

    def __init__(self, backend: EmailBackend, *given: Any, **options: Any) -> None:
        self._backend = backend
        smtplib.SMTP_SSL.__init__(self, *given, **options)


class _Answers(io.RawIOBase):
    """Bytes as they come."""

    def __init__(self, connected: socket.socket, backend: EmailBackend) -> None:
        self._socket, self._backend = connected, backend

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(self._backend.deadline.left())
        return self._socket.recv_into(buffer)
