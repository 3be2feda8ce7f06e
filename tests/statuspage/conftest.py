"""Documents as status pages publish them, small ones made here and the real ones of the shared data."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from incidents import demo
from incidents.statuspage.importing import import_document
from incidents.statuspage.importing.report import Report

SHARED = Path(__file__).parents[3] / "shared" / "data" / "statuspage"
API_ID, LOGIN_ID, INCIDENT_ID, WINDOW_ID = "apiapiapiapi", "loginlogin12", "incident1234", "window123456"

type Document = dict[str, Any]


def real(name: str) -> Document:
    """A document of the shared data, which lies beside the checkout; CI must have it."""
    path = SHARED / name
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"needs ../shared/data/statuspage/{name} beside the checkout")
    document: Document = json.loads(path.read_text(encoding="utf-8"))
    return document


def sample() -> Document:
    """The one that the repository holds: 78 real incidents."""
    document: Document = json.loads(demo.SAMPLE.read_text(encoding="utf-8"))
    return document


def component(id: str = API_ID, name: str = "API", **fields: object) -> Document:
    return {"id": id, "name": name, "status": "operational", "created_at": "2020-01-01T00:00:00.000Z", **fields}


def update(status: str, at: str, body: str = "Words.", **fields: object) -> Document:
    """`at`: the time of 3 March 2026, UTC."""
    instant = f"2026-03-03T{at}:00.000Z"
    id = f"u{status[:5]}{at.replace(':', '')}".replace("_", "x").ljust(12, "0")
    return {"id": id, "status": status, "body": body, "created_at": instant, "display_at": instant, **fields}


def hit(new_status: str, id: str = API_ID, name: str = "API") -> Document:
    return {"code": id, "name": name, "old_status": "operational", "new_status": new_status}


def told(*updates: Document, **fields: object) -> Document:
    """An incident told by `updates` (oldest first here, newest first in the document)."""
    newest = updates[-1] if updates else update("resolved", "12:00")
    over = newest["status"] in ("resolved", "postmortem", "completed")
    return {
        "id": INCIDENT_ID,
        "name": "Broken",
        "status": newest["status"],
        "impact": "minor",
        "created_at": "2026-03-03T10:00:00.000Z",
        "started_at": "2026-03-03T10:00:00.000Z",
        "resolved_at": newest["display_at"] if over else None,
        "incident_updates": list(reversed(updates)),
        "components": [component()],
        **fields,
    }


def planned(*updates: Document, **fields: object) -> Document:
    """Maintenance of 3 March 2026, 11:00 to 13:00 UTC."""
    times = {"scheduled_for": "2026-03-03T11:00:00.000Z", "scheduled_until": "2026-03-03T13:00:00.000Z"}
    return {**told(*updates, id=WINDOW_ID, name="Upgrade", impact="maintenance"), **times, **fields}


def document(*incidents: Document, windows: tuple[Document, ...] = (), **parts: object) -> Document:
    return {"page": {"id": "page"}, "incidents": list(incidents), "scheduled_maintenances": list(windows), **parts}


@pytest.fixture
def take(db: None, now: datetime) -> Callable[[Document], Report]:
    """Imports a document and returns the report."""

    def run(given: Document) -> Report:
        report = Report()
        import_document(given, report, now)
        return report

    return run


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def page(tmp_path: Path, socket_enabled: None) -> Iterator[tuple[str, Path]]:
    """A status page on the loopback: its address and the directory that it serves."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", tmp_path
        server.shutdown()
