import os

from gunicorn.config import Config
from gunicorn.glogging import Logger

from statussite.logs import JsonFormatter


class ServerLogger(Logger):  # type: ignore[misc]
    """The server's own words in the form that LOG_FORMAT asks for; its master knows no settings."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        if (os.environ.get("LOG_FORMAT") or "json") == "json":
            for handler in self.error_log.handlers:
                handler.setFormatter(JsonFormatter())
