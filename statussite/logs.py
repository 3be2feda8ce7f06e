import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

_FIELDS = ("request_id", "trace_id", "route", "method", "status", "duration_ms", "user")

# What every line says that is written while a request is answered.
about_request: ContextVar[dict[str, str]] = ContextVar("about_request", default={})  # noqa: B039  (never changed in place)


class JsonFormatter(logging.Formatter):
    """One object a line; of a record's extras only the known fields, so that no token or body slips in."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class ConsoleFormatter(logging.Formatter):
    """The same for human eyes."""

    def format(self, record: logging.LogRecord) -> str:
        facts = [f"{name}={value}" for name, value in _facts(record).items() if name not in ("trace_id", "request_id")]
        return " ".join([super().format(record), *facts])


def _facts(record: logging.LogRecord) -> dict[str, object]:
    named = {field: getattr(record, field) for field in _FIELDS if hasattr(record, field)}
    return {**about_request.get(), **named}
