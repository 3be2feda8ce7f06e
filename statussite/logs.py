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
            **about_request.get(),
            **{field: getattr(record, field) for field in _FIELDS if hasattr(record, field)},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
