from collections.abc import Sequence

from django.db import models

from incidents.errors import Violations
from incidents.models.service import Service, ServiceGroup


class Scope(models.Model):
    """The services and groups that something is limited to; none: it is about everything.

    Outside they are one list of slugs, `categories`; a slug that names both a service and a group means both.
    """

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
        services, groups = list(self.services.all()), list(self.groups.all())
        if not services and not groups:
            return None
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
        services, groups = _public()
        self.services.set(services[slug] for slug in categories if slug in services)
        self.groups.set(groups[slug] for slug in categories if slug in groups)


def _public() -> tuple[dict[str, Service], dict[str, ServiceGroup]]:
    """The services and groups that may be chosen, by slug: a group without a public service does not exist."""
    services = Service.objects.public().select_related("group")
    groups = {service.group.slug: service.group for service in services if service.group}
    return {service.slug: service for service in services}, groups
