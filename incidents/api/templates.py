from functools import cached_property
from typing import Any

from incidents.api import bodies, payloads, shapes
from incidents.api.bodies import Given
from incidents.api.services import EntryView, kept
from incidents.models import IncidentTemplate, Service
from incidents.severity import Severity


class TemplateView(EntryView):
    model = IncidentTemplate
    noun = "Template"
    operations = kept("template", shapes.TemplateEntry, bodies.NewTemplate, bodies.TemplateChange)

    def show(self, row: Any) -> shapes.TemplateEntry:
        levels = row.levels_of(self._services)
        return {
            **payloads.group_entry(row),
            "title": row.title,
            "severity": Severity(row.severity),
            "message": row.message,
            "affected_services": [{"id": service.slug, "level": level} for service, level in levels.items()],
            "placeholders": row.placeholders,
        }

    def fields(self, given: Given) -> Given:
        fields = dict(given)
        if "affected_services" in fields:
            fields["levels"] = IncidentTemplate.stored(fields.pop("affected_services"))
        return fields

    @cached_property
    def _services(self) -> list[Service]:
        """In the order of the page; asked for once, however many templates name some."""
        return list(Service.objects.all())
