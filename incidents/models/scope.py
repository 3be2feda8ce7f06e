from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models

from incidents.errors import Violations
from incidents.models.identifiers import is_id
from incidents.models.incident import Incident
from incidents.models.service import Service, ServiceGroup


class Scope(models.Model):
    """The services, groups and single incidents that something is limited to, unless it is about everything.

    Outside they are two lists, `categories` (the slugs of services and groups; one that names both means both) and
    `followed` (the ids of incidents); both empty for everything. What has become private since it was chosen stays
    chosen, without being named.
    """

    everything = models.BooleanField(default=True, db_default=True, help_text="Not limited to services and groups.")
    services = models.ManyToManyField(Service, blank=True, related_name="subscriptions")
    groups = models.ManyToManyField(ServiceGroup, blank=True, related_name="subscriptions")
    incidents = models.ManyToManyField(Incident, blank=True, related_name="subscriptions")

    SCOPE = ("services", "groups__services", "incidents")  # to prefetch where there are many

    class Meta:
        abstract = True

    @property
    def categories(self) -> list[str]:
        """The slugs of those that are public."""
        services = {service.slug for service in self.services.all() if service.is_public}
        groups = {group.slug for group in self.groups.all() if any(s.is_public for s in group.services.all())}
        return sorted(services | groups)

    @property
    def followed(self) -> list[str]:
        """The ids of those that are public."""
        return sorted(incident.pk for incident in self.incidents.all() if incident.is_visible)

    @property
    def covers(self) -> frozenset[str] | None:
        """The slugs of the services that it is about; None for all."""
        if self.everything:
            return None
        services, groups = self.services.all(), self.groups.all()
        return frozenset(s.slug for s in (*services, *(s for group in groups for s in group.services.all())))

    @staticmethod
    def check_scope(categories: Sequence[str] | None, incidents: Sequence[str] | None) -> Violations:
        found = Violations()
        slugs = {slug for entries in _public() for slug in entries} if categories else ()
        for n, slug in enumerate(categories or ()):
            if slug not in slugs:
                found.add(f"categories[{n}]", "unknown_category", "There is no such service or service group.")
        ids = _incidents(incidents) if incidents else ()
        for n, pk in enumerate(incidents or ()):
            if pk not in ids:
                found.add(f"incidents[{n}]", "unknown_incident", "There is no such incident.")
        return found

    def _limit_to(self, categories: Sequence[str] | None, incidents: Sequence[str] | None) -> None:
        """None leaves a list as it is. The same lists as are shown change nothing; others take the place of what is
        shown, and none at all of everything."""
        shown = (set(self.categories), set(self.followed))
        wanted = [old if new is None else set(new) for new, old in zip((categories, incidents), shown, strict=True)]
        if wanted == list(shown):
            return
        self.everything = not any(wanted)
        services, groups = _public()
        categories, incidents = map(sorted, wanted)
        self._choose(self.services, services, categories)
        self._choose(self.groups, groups, categories)
        self._choose(self.incidents, _incidents([*incidents, *(row.pk for row in self.incidents.all())]), incidents)

    def _limit_to_nothing(self) -> None:
        """As if nothing had ever been chosen, what is hidden included."""
        for relation in (self.services, self.groups, self.incidents):
            relation.clear()
        self.everything = True

    def _choose(self, relation: Any, public: Mapping[str, Any], wanted: Sequence[str]) -> None:
        hidden = set() if self.everything else set(relation.all()) - set(public.values())
        relation.set([*hidden, *(public[name] for name in wanted if name in public)])


def _public() -> tuple[dict[str, Service], dict[str, ServiceGroup]]:
    """The services and groups that may be chosen, by slug: a group without a public service does not exist."""
    services = Service.objects.public().select_related("group")
    groups = {service.group.slug: service.group for service in services if service.group}
    return {service.slug: service for service in services}, groups


def _incidents(ids: Iterable[str]) -> dict[str, Incident]:
    """Those that may be followed, by id."""
    return Incident.objects.public().in_bulk([pk for pk in ids if is_id(pk)])
