import re
from collections.abc import Iterable, Mapping

from django.db import models

from incidents import rules
from incidents.errors import Violations
from incidents.models.impact import Levels
from incidents.models.service import CatalogueEntry, Service
from incidents.severity import REPORTABLE_SEVERITIES, ServiceStatus

_PLACEHOLDER = re.compile(r"\{\{ *([a-z][a-z0-9_]{0,39}) *\}\}")


class IncidentTemplate(CatalogueEntry):
    """What a report may begin from. Its texts may hold placeholders such as `{{ region }}`; only ops see it."""

    title = models.CharField(max_length=rules.MAX_TITLE)
    severity = models.CharField(max_length=20, choices=[(s, s) for s in REPORTABLE_SEVERITIES])
    description = models.TextField(blank=True)
    message = models.TextField(blank=True)
    # Service id → its level, null for the one that the severity gives; one that is gone since is left out when read.
    levels = models.JSONField(default=dict, blank=True)

    EDITABLE = (*CatalogueEntry.EDITABLE, "title", "severity", "message", "levels")
    TEXTS = (*CatalogueEntry.TEXTS, "title", "message")

    @property
    def is_visible(self) -> bool:
        return False

    @property
    def placeholders(self) -> list[str]:
        return placeholders_in(self.title, self.description, self.message)

    def levels_of(self, services: Iterable[Service]) -> Levels:
        """What it says of them, in their order."""
        held = {service: self.levels[service.pk] for service in services if service.pk in self.levels}
        return {service: ServiceStatus(level) if level else None for service, level in held.items()}

    @staticmethod
    def stored(levels: Levels) -> dict[str, str | None]:
        """The form in which `levels` is kept."""
        return {service.pk: level and str(level) for service, level in levels.items()}

    def _check_more(self, found: Violations) -> None:
        if self.severity not in REPORTABLE_SEVERITIES:
            found.add("severity", "invalid_choice", f"Use one of: {', '.join(REPORTABLE_SEVERITIES)}.")
        if not {level for level in self.levels.values() if level} <= set(ServiceStatus):
            found.add("affected_services", "invalid_choice", f"Levels are: {', '.join(ServiceStatus)}.")


def placeholders_in(*texts: str) -> list[str]:
    """Their names, each once, in the order in which they are met."""
    return list(dict.fromkeys(name for text in texts for name in _PLACEHOLDER.findall(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """With the values in place of their placeholders; what has none stays."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1]) or found[0], text)
