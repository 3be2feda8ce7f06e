import json
import logging
from datetime import UTC, datetime

_FIELDS = ("request_id", "trace_id", "route", "method", "status", "duration_ms", "user")


class JsonFormatter(logging.Formatter):
    """One object a line; of a record's extras only the known fields, so that no token or body slips in."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{field: getattr(record, field) for field in _FIELDS if hasattr(record, field)},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
