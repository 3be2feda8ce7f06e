import json
import logging
import os
import re
import select
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

_FIELDS = ("request_id", "trace_id", "route", "method", "status", "duration_ms", "user")

# What every line says that is written while a request is answered.
about_request: ContextVar[dict[str, str]] = ContextVar("about_request", default={})  # noqa: B039  (never changed in place)


# Tokens of subscribers and of what sends alerts (Django names a refused request by its path), and e-mail addresses
# (errors quote them).
_HOOK = re.compile(r"(/hooks/[^/\s]+/)[^/\s]+")
_TOKEN = re.compile(r"\b([a-z0-9]{12})\.[0-9]{1,9}\.[A-Za-z0-9]{1,12}\.[A-Za-z0-9_-]{43}")
_ADDRESS = re.compile(r"[^\s@<>()\[\]{}\"',;:=/]{1,64}(?:@|%40)[A-Za-z0-9][A-Za-z0-9.-]{0,252}\.[A-Za-z][A-Za-z0-9-]+")


def masked(text: str) -> str:
    text = _HOOK.sub(r"\1(token)", _TOKEN.sub(r"\1.(token)", text))
    return _ADDRESS.sub("(address)", text)


class JsonFormatter(logging.Formatter):
    """One object a line; of a record's extras only the known fields, so that no token or body slips in."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, default=str)


class ConsoleFormatter(logging.Formatter):
    """The same for human eyes."""

    def format(self, record: logging.LogRecord) -> str:
        facts = [f"{name}={value}" for name, value in _facts(record).items() if name not in ("trace_id", "request_id")]
        return " ".join([masked(super().format(record)), *facts])


def _facts(record: logging.LogRecord) -> dict[str, object]:
    named = {field: getattr(record, field) for field in _FIELDS if hasattr(record, field)}
    return {**about_request.get(), **named}


class StderrHandler(logging.StreamHandler[TextIO]):
    """Never waits for who reads: what there is no room for is lost, be it a pipe that nobody empties or a full disk."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            rest = (self.format(record) + self.terminator).encode(errors="backslashreplace")
            descriptor = self.stream.fileno()
            while rest and _has_room(descriptor):
                rest = rest[os.write(descriptor, rest[: select.PIPE_BUF]) :]
        except OSError:
            pass
        except Exception:  # noqa: BLE001  (to log must never fail what is logged)
            self.handleError(record)


def _has_room(descriptor: int) -> bool:
    """For PIPE_BUF bytes, that is."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLOUT)
    return bool(waiting.poll(50))


def to_stderr(form: str) -> dict[str, Any]:
    """LOGGING, for `json` or `console`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "statussite.logs.JsonFormatter"},
            "console": {
                "()": "statussite.logs.ConsoleFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            },
        },
        "handlers": {"stderr": {"class": "statussite.logs.StderrHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
    }
