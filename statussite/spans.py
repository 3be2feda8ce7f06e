"""What is traced, and how: requests, their statements, and what is asked of others over HTTP.

Names and attributes are OpenTelemetry's conventions. No path, parameter, header or message is told: they may hold
tokens and addresses.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import httpcore
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from statussite.middleware import ROUTE

_tracer = trace.get_tracer("statussite")
_propagator = TraceContextTextMapPropagator()


def begin() -> None:
    os.environ.setdefault("OTEL_SERVICE_NAME", "statussite")
    provider = TracerProvider()  # which reads the other variables
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    connection_created.connect(_trace_statements)
    httpcore.HTTPConnection.handle_request = _traced(httpcore.HTTPConnection.handle_request)  # type: ignore[method-assign]


class TracingMiddleware:
    """A span for each request, in the trace that it brought along. The log names the same."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        brought = {name: request.META.get(f"HTTP_{name.upper()}", "") for name in _propagator.fields}
        method = request.method or ""
        with _span(method, SpanKind.SERVER, {"http.request.method": method}, _propagator.extract(brought)) as span:
            ours: dict[str, str] = {}
            _propagator.inject(ours)
            request.META |= {f"HTTP_{name.upper()}": value for name, value in ours.items()}
            response = self.get_response(request)
            _tell(span, response.status_code, request.META.get(ROUTE, ""), method)
        return response


def _tell(span: Span, status: int, route: str, method: str) -> None:
    span.update_name(f"{method} /{route}")
    span.set_attributes({"http.route": f"/{route}", "http.response.status_code": status})
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))


@contextmanager
def _span(name: str, kind: SpanKind, facts: dict[str, str | int], context: Context | None = None) -> Iterator[Span]:
    """Of an error it tells the kind."""
    given: dict[str, Any] = {"record_exception": False, "set_status_on_exception": False}
    with _tracer.start_as_current_span(name, context, kind, facts, **given) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise


def _trace_statements(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _statement not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _statement)  # others take theirs away from the end


def _statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Those of a request: what workers look for each second is no news."""
    if not trace.get_current_span().is_recording():
        return execute(sql, params, many, context)
    text = str(sql)
    facts: dict[str, str | int] = {"db.system.name": context["connection"].vendor, "db.query.text": text}
    with _span(text.split(maxsplit=1)[0], SpanKind.CLIENT, facts):
        return execute(sql, params, many, context)


def _traced(handle: Callable[..., httpcore.Response]) -> Callable[..., httpcore.Response]:
    @wraps(handle)
    def ask(connection: httpcore.HTTPConnection, request: httpcore.Request) -> httpcore.Response:
        method, url = request.method.decode("ascii"), request.url
        where: dict[str, str | int] = {"server.address": url.host.decode("ascii"), "server.port": url.origin.port}
        with _span(method, SpanKind.CLIENT, {"http.request.method": method, **where}) as span:
            answer = handle(connection, request)
            span.set_attribute("http.response.status_code", answer.status)
            return answer

    return ask
