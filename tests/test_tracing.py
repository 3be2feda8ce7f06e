"""OpenTelemetry: what a collector receives of a request, and that nothing is there without one."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests import server
from tests.receiver import Receiver, answers, receiving
from tests.waiting import eventually

SERVER, CLIENT = 2, 3  # kinds, in OTLP
PARENT = "00f067aa0ba902b7"
LATENCY = "/api/v1/status/metrics/latency?service=api&range=24h"


@dataclass(frozen=True)
class Traced:
    """The product, which tells a collector; it is its Prometheus server too, and a bad one."""

    product: server.Server
    collector: Receiver
    incident: str

    def spans(self) -> list[Any]:
        told = [ExportTraceServiceRequest.FromString(one.body) for one in self.collector.received]
        return [
            span for one in told for part in one.resource_spans for scope in part.scope_spans for span in scope.spans
        ]

    def of(self, trace: str, kind: int) -> list[dict[str, Any]]:
        return [facts(span) for span in self.spans() if span.trace_id.hex() == trace and span.kind == kind]


def facts(span: Any) -> dict[str, Any]:
    values = {one.key: one.value.string_value or one.value.int_value for one in span.attributes}
    return {"name": span.name, "id": span.span_id.hex(), "parent": span.parent_span_id.hex(), **values}


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    with receiving() as collector:
        collector.answer = answers(200)
        url = f"http://127.0.0.1:{collector.port}"
        told: dict[str, Any] = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
            "NO_PROXY": "127.0.0.1",
        }
        directory = Path(tmp_path_factory.mktemp("traced"))
        with server.running(directory, PROMETHEUS_URL=url, **told) as product, product.ops() as ops:
            service = {"slug": "api", "name": "API"}
            assert ops.post("/status/v1/_admin/services", json=service, headers={"X-Idempotency-Key": "a"}).is_success
            given = {"title": "Broken", "severity": "minor", "status": "investigating"}
            created = ops.post("/api/v1/status/incidents", json=given).json()
            yield Traced(product, collector, str(created["data"]["id"]))


@pytest.fixture
def ask(traced: Traced) -> Callable[[str], tuple[str, httpx.Response]]:
    """Asks in a trace of its own; waits until the collector has heard of it."""

    def ask_one(path: str) -> tuple[str, httpx.Response]:
        trace = secrets.token_hex(16)
        with traced.product.client(traceparent=f"00-{trace}-{PARENT}-01") as client:
            answer = client.get(path)
        eventually(lambda: bool(traced.of(trace, SERVER)), within=20)
        return trace, answer

    return ask_one


type Ask = Callable[[str], tuple[str, httpx.Response]]


def test_a_request_is_a_span_of_the_trace_that_it_brought_along(ask: Ask, traced: Traced) -> None:
    trace, _ = ask(f"/api/v1/status/incidents/{traced.incident}")
    (span,) = traced.of(trace, SERVER)
    assert span["parent"] == PARENT
    assert span["name"] == f"GET {span['http.route']}"
    assert (span["http.request.method"], span["http.response.status_code"]) == ("GET", 200)


def test_its_statements_are_spans_below_it(ask: Ask, traced: Traced) -> None:
    trace, _ = ask(f"/api/v1/status/incidents/{traced.incident}")
    (request,) = traced.of(trace, SERVER)
    statements = traced.of(trace, CLIENT)
    assert {span["parent"] for span in statements} == {request["id"]}
    assert {span["name"] for span in statements} >= {"SELECT"}
    assert [span for span in statements if "incidents_incident" in span["db.query.text"]]


def test_neither_path_nor_parameters_are_told(ask: Ask, traced: Traced) -> None:
    trace, _ = ask(f"/api/v1/status/incidents/{traced.incident}?page=1")
    told = [*traced.of(trace, SERVER), *traced.of(trace, CLIENT)]
    assert traced.incident not in str(told)


def test_what_is_asked_of_others_is_a_span_that_names_no_path(ask: Ask, traced: Traced) -> None:
    trace, answer = ask(LATENCY)
    assert answer.status_code == 502
    (outgoing,) = [span for span in traced.of(trace, CLIENT) if "server.address" in span]
    assert (outgoing["server.address"], outgoing["server.port"]) == ("127.0.0.1", traced.collector.port)
    assert outgoing["http.response.status_code"] == 501
    assert not [name for name in outgoing if name.startswith("url.")]


def test_the_log_names_the_same_trace(ask: Ask, traced: Traced) -> None:
    trace, _ = ask("/api/v1/status/nope")
    log = Path(traced.product.environment["PUBLISHED_DIR"]).parent / "gunicorn.log"
    assert trace in log.read_text()


IMPORTED = (
    "import django, sys; django.setup(); print(*[name for name in sys.modules if name.startswith('opentelemetry.')])"
)
HIDDEN = "import sys; sys.modules['opentelemetry'] = None; " + IMPORTED


@pytest.mark.parametrize(
    ("code", "given"),
    [
        (IMPORTED, {}),
        (IMPORTED, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}),
        (IMPORTED, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"}),
        (HIDDEN, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}),
    ],
    ids=["not asked for", "disabled", "no exporter", "not installed"],
)
def test_nothing_of_it_is_there_unless_it_is_wanted(code: str, given: dict[str, str], tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    own = {"DATABASE_URL": f"sqlite:///{tmp_path}/status.sqlite3", "SECRET_KEY": secrets.token_urlsafe(50)}
    told = {**kept, "DJANGO_SETTINGS_MODULE": "statussite.settings", **own, **given}
    done = subprocess.run([sys.executable, "-c", code], cwd=server.ROOT, env=told, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "")
