"""Standard Webhooks 1.0.0: by these headers a receiver knows who sent it, when, and whether it has it already."""

import base64
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

PREFIX = "whsec_"


def headers(id: str, at: datetime, body: bytes, secrets: Iterable[str]) -> Mapping[str, str]:
    """`secrets`: whsec_ and base64; each signs, so that during a rotation either will do."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
