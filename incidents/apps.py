from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = "Status page"

    def ready(self) -> None:
        from incidents import checks  # noqa: F401  (registers the system checks)
        from statussite import tracing

        tracing.begin()
        pre_migrate.connect(_take_time, sender=self)


def _take_time(using: str, **_: Any) -> None:
    """An index over many rows takes longer than a request may. For locks a migration waits no longer than anybody:
    who waits for one keeps all others waiting behind it."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
