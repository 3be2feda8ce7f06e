"""Somebody from ops who posts updates to an incident, and looks how soon they are seen."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.perf.servers import Served
from tests.server import PASSWORD

INCIDENTS = "/api/v1/status/incidents"
PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Ops:
    client: httpx.Client
    incident: str

    def update(self) -> tuple[float, float]:
        """Seconds from the answer until the home page tells of it, and until all that should does."""
        message = secrets.token_hex(8)
        update = {"message": message, "status": "identified"}
        self.client.post(f"{INCIDENTS}/{self.incident}/updates", json=update).raise_for_status()
        start = time.monotonic()
        told = [self._told(path, message, start) for path in ("/", "/history.rss", f"/incidents/{self.incident}/")]
        return told[0], max(told)

    def _told(self, path: str, message: str, start: float) -> float:
        while message not in self.client.get(path).text:
            if time.monotonic() - start > PATIENCE:
                raise SystemExit(f"An update is not shown after {PATIENCE:.0f} s")
            time.sleep(0.01)
        return time.monotonic() - start


@contextmanager
def ops(server: Served) -> Iterator[Ops]:
    """With an incident that is open."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False) as client:
        token = client.post("/api/v1/auth/token", json={"username": "ops", "password": PASSWORD}).json()["access"]
        client.headers["Authorization"] = f"Bearer {token}"
        opened = {"title": "A change", "severity": "major", "status": "investigating", "force": True}
        yield Ops(client, client.post(INCIDENTS, json=opened).json()["data"]["id"])
