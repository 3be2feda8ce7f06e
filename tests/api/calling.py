"""How tests call the API: as JSON, by anybody or by somebody who holds a token."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

PROBLEM = "/api/v1/status"
ENVELOPE = "/status/v1"
ADMIN = "/status/v1/_admin"
KEY = "X-Idempotency-Key"


@dataclass
class Caller:
    headers: dict[str, str] = field(default_factory=dict)
    sends_keys: bool = True  # a fresh one with every write where the API insists on one
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`body`: bytes go out as they are, anything else as JSON. `If_Match="…"` sends the header If-Match."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        needed = self.sends_keys and path.startswith(ENVELOPE) and method not in ("GET", "HEAD", "OPTIONS")
        fresh = {KEY: str(uuid.uuid4())} if needed else {}
        return self.client.generic(
            method, path, raw, content_type="application/json", headers={**fresh, **self.headers, **named}
        )

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("PATCH", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("PUT", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("DELETE", path, body, **headers)


def wrong_fields(answer: Any) -> dict[str, str]:
    """Field → code of a validation error, in either dialect."""
    body = answer.json()
    entries = body["errors"] if "errors" in body else body["error"]["details"]
    return {entry["field"]: entry["code"] for entry in entries}
