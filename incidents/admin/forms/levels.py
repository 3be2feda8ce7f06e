from collections.abc import Iterable, Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.admin.forms.base import DeskForm, Row
from incidents.admin.words import choices
from incidents.models import Service
from incidents.models.impact import Levels
from incidents.severity import ServiceStatus

NOT_AFFECTED = ""
BY_SEVERITY = "by_severity"
_LEVELS = {str(level): level for level in ServiceStatus}


class LevelsForm(DeskForm):
    """One choice per service. Together they are the whole picture, as the domain wants it."""

    services: tuple[Service, ...] = ()

    def offer_levels(self, services: Iterable[Service], default: object) -> None:
        """`default` words the choice that leaves the level to the severity."""
        self.services = tuple(services)
        levels = [level for level in reversed(ServiceStatus) if level is not ServiceStatus.OPERATIONAL]
        offered = [(NOT_AFFECTED, _("Not affected")), (BY_SEVERITY, default), *choices(levels)]
        for service in self.services:
            self.fields[level_name(service)] = forms.ChoiceField(label=service.name, choices=offered, required=False)

    def levels(self) -> Levels:
        chosen = {service: self.cleaned_data.get(level_name(service)) for service in self.services}
        return {
            service: None if value == BY_SEVERITY else ServiceStatus(value)
            for service, value in chosen.items()
            if value
        }

    def chosen(self) -> set[str]:
        """The slugs of the public services that it names, as far as it is filled in."""
        return {service.slug for service in self.services if service.is_public and self[level_name(service)].value()}

    def levels_so_far(
        self, default: ServiceStatus | None, held: Mapping[str, ServiceStatus]
    ) -> dict[str, ServiceStatus]:
        """As `levels`, by the ids of services and as far as it is filled in; `default` is what the severity gives."""
        found = {}
        for service in self.services:
            value = self[level_name(service)].value()
            level = held.get(service.pk, default) if value == BY_SEVERITY else _LEVELS.get(value)
            if level is not None:
                found[service.pk] = level
        return found

    def hit_rows(self) -> list[Row]:
        return [row for row in self._level_rows() if row.field.value()]

    def spared_rows(self) -> list[Row]:
        return [row for row in self._level_rows() if not row.field.value()]

    def _level_rows(self) -> list[Row]:
        return [self.row(self[level_name(service)]) for service in self.services]

    def _is_main(self, name: str) -> bool:
        return super()._is_main(name) and not name.startswith("level_")


def level_name(service: Service) -> str:
    return f"level_{service.slug}"


def presets(services: Iterable[Service], held: Mapping[str, ServiceStatus]) -> dict[str, str]:
    """Field name → what holds now; `held` maps the ids of services to levels."""
    return {level_name(service): str(held.get(service.pk, NOT_AFFECTED)) for service in services}
