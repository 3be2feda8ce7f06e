"""An outside issuer as it really is: keys, tokens, and a key server that can be stopped, slow, or talk nonsense."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://login.example.com/"
AUDIENCE = "status"

type Document = Mapping[str, Any]


@dataclass(frozen=True)
class Key:
    kid: str
    algorithm: str
    private: Any

    @property
    def public(self) -> dict[str, Any]:
        kind: Any = RSAAlgorithm if self.algorithm == "RS256" else ECAlgorithm
        named = {"kid": self.kid, "alg": self.algorithm, "use": "sig"}
        return {**kind.to_jwk(self.private.public_key(), as_dict=True), **named}


@cache
def rsa_key(kid: str, bits: int = 2048) -> Key:
    return Key(kid, "RS256", rsa.generate_private_key(65537, bits))


@cache
def ec_key(kid: str) -> Key:
    return Key(kid, "ES256", ec.generate_private_key(ec.SECP256R1()))


def claims(**other: Any) -> dict[str, Any]:
    """Those of a good token of ops; None leaves one out."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann@example.com", "roles": ["PLATFORM_OPS"], "exp": now + 600}
    return {name: value for name, value in {**usual, **other}.items() if value is not None}


def signed(key: Key, header: Document | None = None, **other: Any) -> str:
    """With claims as odd as other libraries let them be; PyJWT by itself would sign no such thing."""
    body = json.dumps(claims(**other)).encode()
    headers = {"kid": key.kid, **dict(header or {})}
    return jwt.PyJWS().encode(body, key.private, algorithm=key.algorithm, headers=headers)


@dataclass
class KeyServer:
    """`requests`: the paths that were asked for. What it answers may be changed while it runs."""

    url: str = ""
    keys: list[Key] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None
    stop: Callable[[], None] = lambda: None

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests.append(handler.path)
        if self.answer is not None:
            self.answer(handler)
        else:
            send(handler, json.dumps({"keys": [key.public for key in self.keys]}).encode())


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def serving(*keys: Key) -> Iterator[KeyServer]:
    told = KeyServer(keys=list(keys))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.handle(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    told.url = f"http://127.0.0.1:{server.server_port}/keys.json"
    thread.start()

    def stop() -> None:
        if thread.is_alive():
            server.shutdown()
            thread.join()
            server.server_close()

    told.stop = stop
    try:
        yield told
    finally:
        stop()
