"""A mail relay on 127.0.0.1 that keeps what it is given, and can be told to refuse, hang up, say nothing or be slow."""

import socketserver
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

RELAY_TIMEOUT = 30  # seconds: after that nobody talks to us any more


@dataclass(frozen=True)
class Envelope:
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def body(self, kind: str) -> str:
        """Of the part that is `plain` or `html`."""
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())


@dataclass
class Relay:
    """`answers`: command → what to say instead of yes, such as `{"RCPT": "550 no such user"}`; "" hangs up.

    `silent_at`: the command after which it says nothing until `go_on` is set; `is_silent` tells that it came so far.
    `tires_at`: the command at which it hangs up where the connection was good for a message already.
    `pause`: seconds before each answer, `drip`: between its bytes; both until `go_on` is set.
    END is the end of the message, which it keeps whatever it then says.
    """

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    received: list[Envelope] = field(default_factory=list)
    connections: int = 0
    silent_at: str = ""
    tires_at: str = ""
    pause: float = 0.0
    drip: float = 0.0
    is_silent: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    at_once: bool = False

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> Counter[str]:
        """How many copies each has."""
        return Counter(to for mail in list(self.received) for to in mail.recipients)

    def ids(self, *recipients: str) -> set[str]:
        """Of the messages to them, or to anybody."""
        mails = [mail for mail in list(self.received) if not recipients or mail.recipients[0] in recipients]
        return {str(mail.message["Message-ID"]) for mail in mails}


_YES = {"EHLO": "250-sink\r\n250 STARTTLS", "QUIT": "221 bye", "STAR": "220 go ahead"}


class _Dialogue(socketserver.StreamRequestHandler):
    timeout = RELAY_TIMEOUT

    @property
    def relay(self) -> Relay:
        return self.server.relay  # type: ignore[attr-defined,no-any-return]

    def handle(self) -> None:
        relay = self.relay
        relay.connections += 1
        if relay.at_once:
            self.encrypt()
        self.say(relay.answers.get("BANNER", "220 sink"))
        sender, recipients, had_one = "", list[str](), False
        while line := self.rfile.readline().decode().strip():
            command = line[:4].upper()
            self.wait_if_told(command)
            answer = "" if had_one and command == relay.tires_at else relay.answers.get(command)
            if answer == "":
                return
            if answer:
                self.say(answer)
            elif command == "DATA":
                if not self.takes_message(sender, recipients):
                    return
                sender, recipients, had_one = "", [], True
            else:
                sender = _address(line) if command == "MAIL" else sender
                recipients += [_address(line)] if command == "RCPT" else []
                self.say(_YES.get(command, "250 ok"))
                if command == "STAR":
                    self.encrypt()

    def takes_message(self, sender: str, recipients: list[str]) -> bool:
        """False where one of us is gone."""
        self.say("354 go on")
        if (raw := self.read_message()) is None:
            return False
        self.relay.received.append(Envelope(sender, tuple(recipients), raw))
        self.wait_if_told("END")
        answer = self.relay.answers.get("END", "250 kept")
        if answer:
            self.say(answer)
        return bool(answer)

    def encrypt(self) -> None:
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)  # type: ignore[attr-defined]
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)

    def finish(self) -> None:
        with suppress(OSError):  # TLS to somebody who is gone
            super().finish()
        self.connection.close()

    def wait_if_told(self, command: str) -> None:
        relay = self.relay
        if relay.silent_at == command:
            relay.is_silent.set()
            relay.go_on.wait(RELAY_TIMEOUT)

    def read_message(self) -> bytes | None:
        """None where the sender is gone before its end."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return None
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def say(self, line: str) -> None:
        relay = self.relay
        relay.go_on.wait(relay.pause)
        whole = f"{line}\r\n".encode()
        step = 1 if relay.drip else len(whole)
        for start in range(0, len(whole), step):
            self.wfile.write(whole[start : start + step])
            relay.go_on.wait(relay.drip)


def _address(line: str) -> str:
    return line[line.index("<") + 1 : line.index(">")]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that is gone is what some tests are about."""


@contextmanager
def relaying(
    port: int = 0, *, tls: ssl.SSLContext | None = None, at_once: bool = False, **answers: str
) -> Iterator[Relay]:
    """`tls`: with which it speaks after STARTTLS, or `at_once`."""
    relay = Relay(answers=dict(answers), at_once=at_once)
    with _Server(("127.0.0.1", port), _Dialogue) as server:
        server.relay, server.tls = relay, tls  # type: ignore[attr-defined]
        relay.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
