"""One database, filled; then, for each line on the standard input, every page rendered once, as a line of JSON."""

import gzip
import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.models import Impact, Incident, IncidentUpdate, Service
from tests.perf import growth


def main(scale: int) -> None:
    logging.disable(logging.INFO)  # a line per request
    print(json.dumps(fill(scale)), flush=True)
    paths, client = pages(), Client(SERVER_NAME="127.0.0.1")
    first = {page: once(client, path) for page, path in paths.items()}  # templates and connections warm up here
    for _ in sys.stdin:
        answers = {page: {**first[page], "ms": timed(client.get, path)} for page, path in paths.items()}
        print(json.dumps(answers), flush=True)


def fill(scale: int) -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    imported = timed(growth.import_once, timezone.now())
    multiplied = timed(growth.multiply, scale)
    if not settings.IS_SQLITE:
        connection.cursor().execute("VACUUM ANALYZE")  # what the server does by itself, a little later
    return {
        "import_s": round(imported / 1000, 1),
        "multiply_s": round(multiplied / 1000, 1),
        "incidents": Incident.objects.count(),
        "updates": IncidentUpdate.objects.count(),
        "impacts": Impact.objects.count(),
    }


def pages() -> dict[str, str]:
    newest = Incident.objects.latest("started_at")
    busiest = Service.objects.annotate(hits=Count("impacts")).latest("hits")
    return {
        "home": "/",
        "incident": f"/incidents/{newest.pk}/",
        "service": f"/services/{busiest.slug}/",
        "history month": f"/history/{newest.started_at:%Y/%m}/",
        "history": "/history/",
        "RSS": "/history.rss",
        "API incidents": "/api/v1/status/incidents",
        "API overview": "/api/v1/status/overview",
    }


def once(client: Client, path: str) -> dict[str, Any]:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    if answer.status_code not in (200, 302):
        sys.exit(f"{path} answers {answer.status_code}")
    body = answer.content
    return {"queries": len(queries), "bytes": len(body), "gzip": len(gzip.compress(body, 6))}


def timed(work: Callable[..., object], *arguments: Any) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - start) * 1000
