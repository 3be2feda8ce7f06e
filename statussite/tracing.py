"""Whether requests are traced: only where somebody says where traces go, by OpenTelemetry's own variables, and its
packages are there (extra `tracing`). Else nothing of it is imported."""

import os
from importlib.util import find_spec

MIDDLEWARE = "statussite.spans.TracingMiddleware"
_WHERE = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def is_wanted() -> bool:
    is_off = (
        os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    )
    return any(map(os.environ.get, _WHERE)) and not is_off and _is_installed()


def begin() -> None:
    """Once in each process, when its applications are there."""
    if is_wanted():
        from statussite import spans

        spans.begin()


def _is_installed() -> bool:
    try:
        return (
            find_spec("opentelemetry.sdk") is not None
            and find_spec("opentelemetry.exporter.otlp.proto.http") is not None
        )
    except ModuleNotFoundError:
        return False
