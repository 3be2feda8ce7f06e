"""A server on 127.0.0.1 that takes webhooks and keeps them, and can be told to behave as badly as servers do."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

type Answer = Callable[[BaseHTTPRequestHandler], None]

LONG = 20  # seconds for which a server goes on with its nonsense, unless it is cut off


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]  # by names in small letters
    body: bytes


@dataclass
class Receiver:
    """`answer` may be changed while it runs."""

    host: str = "127.0.0.1"
    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    answer: Answer = lambda handler: say(handler, 204)
    cut_off: threading.Event = field(default_factory=threading.Event)  # somebody has hung up on its nonsense

    def url(self, host: str = "", scheme: str = "http") -> str:
        return f"{scheme}://{host or self.host}:{self.port}/hook?key=1"


def say(handler: BaseHTTPRequestHandler, status: int, /, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def answers(status: int, **headers: str) -> Answer:
    return lambda handler: say(handler, status, b"", **headers)


def goes_on(before: bytes, again: bytes, every: float = 0.0) -> Answer:
    """`before`, then `again` and again."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(before)
        until = time.monotonic() + LONG
        while time.monotonic() < until:
            handler.wfile.write(again)
            handler.wfile.flush()
            time.sleep(every)

    return answer


def says(raw: bytes) -> Answer:
    """And hangs up."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(raw)
        handler.close_connection = True

    return answer


def says_nothing(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.settimeout(LONG)
    if not handler.connection.recv(1):
        raise ConnectionResetError


class _Server(ThreadingHTTPServer):
    told: Receiver
    tls: ssl.SSLContext | None

    def process_request(self, *args: Any) -> None:
        self.told.connections += 1
        super().process_request(*args)

    def handle_error(self, *args: Any) -> None:
        """Who hangs up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def setup(self) -> None:
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # the server would close what TLS was put around

    def do_POST(self) -> None:
        told, body = self.server.told, self.rfile.read(int(self.headers["Content-Length"]))
        told.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        try:
            told.answer(self)
        except OSError:
            told.cut_off.set()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def receiving(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Receiver]:
    with _Server((host, 0), _Handler) as server:
        server.tls, server.told = tls, Receiver(host=host, port=server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.told
        finally:
            server.shutdown()
            thread.join()
