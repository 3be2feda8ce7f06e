from collections.abc import Iterable, Mapping, Sequence

from django.db import models

from incidents.errors import Violations
from incidents.models.service import CatalogueEntry, Service, ServiceGroup


class Scope(models.Model):
    """The services and groups that something is limited to, unless it is about everything.

    Outside they are one list of slugs, `categories`, empty for everything; a slug that names both a service and a group
    means both. What has become private since it was chosen stays chosen, without being named.
    """

    everything = models.BooleanField(default=True, db_default=True, help_text="Not limited to services and groups.")
    services = models.ManyToManyField(Service, blank=True, related_name="subscriptions")
    groups = models.ManyToManyField(ServiceGroup, blank=True, related_name="subscriptions")

    SCOPE = ("services", "groups__services")  # to prefetch where there are many

    class Meta:
        abstract = True

    @property
    def categories(self) -> list[str]:
        """The slugs of those that are public."""
        services = {service.slug for service in self.services.all() if service.is_public}
        groups = {group.slug for group in self.groups.all() if any(s.is_public for s in group.services.all())}
        return sorted(services | groups)

    @property
    def covers(self) -> frozenset[str] | None:
        """The slugs of the services that it is about; None for all."""
        if self.everything:
            return None
        services, groups = self.services.all(), self.groups.all()
        return frozenset(s.slug for s in (*services, *(s for group in groups for s in group.services.all())))

    @staticmethod
    def check_categories(categories: Sequence[str]) -> Violations:
        found = Violations()
        known = {slug for slugs in _public() for slug in slugs} if categories else ()
        for n, slug in enumerate(categories):
            if slug not in known:
                found.add(f"categories[{n}]", "unknown_category", "There is no such service or service group.")
        return found

    def _limit_to(self, categories: Sequence[str]) -> None:
        """The same list as is shown changes nothing; another one takes the place of what is shown, and none of all."""
        if set(categories) == set(self.categories):
            return
        services, groups = _public()
        self.everything = not categories
        self.services.set(_chosen(services, self.services.all(), categories))
        self.groups.set(_chosen(groups, self.groups.all(), categories))


def _chosen[E: CatalogueEntry](public: Mapping[str, E], before: Iterable[E], categories: Sequence[str]) -> list[E]:
    if not categories:
        return []
    hidden = [entry for entry in before if entry.slug not in public]
    return [*hidden, *(public[slug] for slug in categories if slug in public)]


def _public() -> tuple[dict[str, Service], dict[str, ServiceGroup]]:
    """The services and groups that may be chosen, by slug: a group without a public service does not exist."""
    services = Service.objects.public().select_related("group")
    groups = {service.group.slug: service.group for service in services if service.group}
    return {service.slug: service for service in services}, groups
