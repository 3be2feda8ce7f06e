"""Figures over time: uptime from our own records, latency from a Prometheus server that may be anything."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from incidents.api import prometheus
from incidents.models import Incident, Service
from incidents.severity import ServiceStatus
from tests.api.calling import PROBLEM, Caller
from tests.server import free_port

UPTIME, LATENCY = f"{PROBLEM}/metrics/uptime", f"{PROBLEM}/metrics/latency"


@pytest.fixture
def api(service: Callable[..., Service], now: datetime, frozen: object) -> Service:
    """As old as 50 minutes and 30 seconds."""
    return service("api", name="API", now=now - timedelta(minutes=50, seconds=30))


class TestUptime:
    def test_a_point_tells_how_its_step_was(
        self, anyone: Caller, api: Service, incident: Callable[..., Incident], now: datetime
    ) -> None:
        incident(levels={api: ServiceStatus.PARTIAL_OUTAGE}, started_at=now - timedelta(seconds=90))
        shown = anyone.get(f"{UPTIME}?service=api&range=1h").json()["data"]
        points = {point["timestamp"]: point["value"] for point in shown.pop("points")}
        assert shown == {"service": "api", "range": "1h", "available": True}
        assert len(points) == 60
        assert points["2026-11-21T11:08:00Z"] is None
        assert points["2026-11-21T11:09:00Z"] == 100
        assert points["2026-11-21T11:58:00Z"] == 85
        assert points["2026-11-21T11:59:00Z"] == 70

    @pytest.mark.parametrize(("range", "count", "step"), [("24h", 96, 900), ("7d", 84, 7200), ("30d", 120, 21600)])
    @pytest.mark.usefixtures("api")
    def test_each_range_has_its_step(self, anyone: Caller, frozen: Any, range: str, count: int, step: int) -> None:
        frozen.shift(77)
        points = anyone.get(f"{UPTIME}?service=api&range={range}").json()["data"]["points"]
        times = [datetime.fromisoformat(point["timestamp"]) for point in points]
        assert len(times) == count
        assert {(b - a).total_seconds() for a, b in pairwise(times)} == {step}
        assert all(at.timestamp() % step == 0 for at in times)
        assert times[-1] == datetime(2026, 11, 21, 12, tzinfo=UTC)

    @pytest.mark.usefixtures("api")
    def test_the_step_that_has_just_begun_has_no_value(self, anyone: Caller) -> None:
        assert anyone.get(f"{UPTIME}?service=api").json()["data"]["points"][-1]["value"] is None


@pytest.mark.parametrize("path", [UPTIME, LATENCY])
class TestWhatIsAsked:
    def test_the_service_is_required(self, anyone: Caller, path: str) -> None:
        assert "service" in anyone.get(path).json()["detail"]

    @pytest.mark.parametrize("query", ["service=api&range=2h", "service=A%22%7D", "service=api&range=1H%20"])
    def test_nonsense_is_a_bad_request(self, anyone: Caller, path: str, query: str) -> None:
        assert anyone.get(f"{path}?{query}").status_code == 400

    def test_what_is_unknown_or_private_is_not_found(
        self, anyone: Caller, path: str, service: Callable[..., Service]
    ) -> None:
        service("vault", is_public=False)
        assert [anyone.get(f"{path}?service={slug}").status_code for slug in ("vault", "none")] == [404, 404]


type Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def measured(settings: Any) -> Iterator[Callable[[Answer], list[str]]]:
    """Starts a server that answers so, and makes it the Prometheus server; the paths that it is asked are kept."""
    servers = []

    def start(answer: Answer) -> list[str]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                answer(self)

            def log_message(self, *_: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        settings.PROMETHEUS_URL = f"http://127.0.0.1:{server.server_port}/prefix"
        return asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def sending(body: object, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return answer


def matrix(*series: list[Any]) -> dict[str, Any]:
    result = [{"metric": {}, "values": values} for values in series]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 65_536)
    except OSError:
        pass  # the other side has had enough


def dripping(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.02)
    except OSError:
        pass


def hanging(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read(1)  # until the other side closes


@pytest.mark.usefixtures("api")
class TestLatency:
    def test_without_a_server_it_is_not_available(self, anyone: Caller) -> None:
        assert anyone.get(f"{LATENCY}?service=api&range=7d").json()["data"] == {
            "service": "api",
            "range": "7d",
            "available": False,
            "points": [],
        }

    def test_its_points_are_those_of_the_server(self, anyone: Caller, measured: Any, now: datetime) -> None:
        at = now.timestamp()
        asked = measured(sending(matrix([[at - 120, "81.5"], [at - 60, "NaN"], [at, "90"]])))
        shown = anyone.get(f"{LATENCY}?service=api&range=1h").json()["data"]
        assert (shown["available"], len(shown["points"])) == (True, 60)
        assert [point["value"] for point in shown["points"][-4:]] == [None, 81.5, None, 90]
        address = urlsplit(asked[0])
        query = {name: value for name, [value] in parse_qs(address.query).items()}
        assert address.path == "/prefix/api/v1/query_range"
        assert (float(query["end"]), float(query["end"]) - float(query["start"]), query["step"]) == (at, 3540, "60.0")
        assert '{service="api"}' in query["query"]

    def test_a_service_that_nobody_measures_has_no_values(self, anyone: Caller, measured: Any) -> None:
        measured(sending(matrix()))
        shown = anyone.get(f"{LATENCY}?service=api").json()["data"]
        assert (shown["available"], {point["value"] for point in shown["points"]}) == (True, {None})

    @pytest.mark.parametrize(
        "answer",
        [
            sending(b"<html>Welcome"),
            sending(b"[" * 100_000),
            sending([1]),
            sending({"status": "error"}, 422),
            sending({**matrix(), "status": "error"}),
            sending(matrix([[0, "1"]], [[0, "2"]])),
            sending(matrix([[0, "fast"]])),
            sending(matrix([[1e300, "1"]])),
            sending(matrix([["now", "1"]])),
            sending(matrix([["now"]])),
            sending({"status": "success", "data": {"resultType": "vector", "result": []}}),
            sending(matrix(), 302, Location="http://127.0.0.1:1/elsewhere"),
            sending(matrix(), 500),
            endless,
        ],
    )
    def test_a_lie_is_a_downstream_failure(self, anyone: Caller, measured: Any, answer: Answer) -> None:
        measured(answer)
        refused = anyone.get(f"{LATENCY}?service=api")
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (502, 61190010)
        assert problem["type"].endswith("/errors/downstream-failure/")
        assert "127.0.0.1" not in problem["detail"]

    @pytest.mark.parametrize("answer", [hanging, dripping])
    def test_a_server_that_hangs_is_given_up(
        self, anyone: Caller, measured: Any, monkeypatch: pytest.MonkeyPatch, answer: Answer
    ) -> None:
        monkeypatch.setattr(prometheus, "SECONDS", 0.3)
        measured(answer)
        assert anyone.get(f"{LATENCY}?service=api").status_code == 502

    def test_a_server_that_is_not_there_is_one_too(self, anyone: Caller, settings: Any) -> None:
        settings.PROMETHEUS_URL = f"http://127.0.0.1:{free_port()}"
        assert anyone.get(f"{LATENCY}?service=api").status_code == 502

    @pytest.mark.django_db(transaction=True)
    def test_no_transaction_waits_for_it(self, anyone: Caller, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        held = []

        def look(*_: object) -> dict[datetime, float]:
            held.append((connection.in_atomic_block, connection.reads_one_instant))  # type: ignore[attr-defined]
            return {}

        settings.PROMETHEUS_URL = "http://127.0.0.1:1"
        monkeypatch.setattr(prometheus, "values", look)
        assert anyone.get(f"{LATENCY}?service=api").status_code == 200
        assert held == [(False, False)]

    def test_a_server_that_hangs_holds_few_of_us(
        self, anyone: Caller, measured: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(prometheus, "_PATIENCE", 0.01)
        asked = measured(sending(matrix()))
        with prometheus._slot(), prometheus._slot():
            assert anyone.get(f"{LATENCY}?service=api").status_code == 502
        assert asked == []
        assert anyone.get(f"{LATENCY}?service=api").status_code == 200
