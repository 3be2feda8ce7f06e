from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, models
from django.utils import timezone

from incidents import rules
from incidents.errors import Busy, Conflict, NotFound, Violations
from incidents.models.audit import Actor, AuditEntry
from incidents.models.identifiers import LENGTH, new_id
from incidents.models.outbox import Event
from incidents.models.transaction import in_one_transaction
from incidents.uptime import midnight


class CatalogueEntry(models.Model):
    """What services and groups share: a name, a public slug, a place on the page, and audited changes."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    slug = models.SlugField(max_length=rules.MAX_NAME, unique=True, help_text="Its name in URLs and in the API.")
    name = models.CharField(max_length=rules.MAX_NAME)
    description = models.TextField(blank=True, help_text="One sentence for visitors.")
    position = models.PositiveIntegerField(default=0, help_text="Order on the page; equal ones go by name.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    EDITABLE: tuple[str, ...] = ("slug", "name", "description", "position")
    TEXTS: tuple[str, ...] = ("name", "description")

    class Meta:
        abstract = True
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name

    @classmethod
    @in_one_transaction
    def add(cls, *, by: Actor, now: datetime | None = None, **fields: Any) -> Self:
        now = now or timezone.now()
        entry = cls(**{"created_at": now, "updated_at": now, **fields})
        entry._check(now)
        entry._store(force_insert=True)
        entry._record("created", by=by, now=now, after=entry.facts())
        return entry

    @in_one_transaction
    def change(self, *, by: Actor, now: datetime | None = None, **fields: Any) -> None:
        now = now or timezone.now()
        self._lock()
        before, was_visible = self.facts(), self.is_visible
        for field, value in fields.items():
            setattr(self, field, value)
        self._check(now)
        after = self.facts()
        changed = [field for field in after if after[field] != before[field]]
        if not changed:
            return
        self.updated_at = now
        self._store(update_fields=[*fields, "updated_at"])
        self._record(
            "updated",
            by=by,
            now=now,
            was_visible=was_visible,
            before={field: before[field] for field in changed},
            after={field: after[field] for field in changed},
        )

    @in_one_transaction
    def remove(self, *, by: Actor, now: datetime | None = None) -> None:
        """Raises Conflict where history depends on it: such a service is hidden, not deleted."""
        self._lock()
        try:
            self._record("deleted", by=by, now=now or timezone.now(), before=self.facts())
            self.delete()
        except models.ProtectedError as error:
            raise Conflict(f"{self.name} has a history. Make it private instead of deleting it.") from error

    def _store(self, **how: Any) -> None:
        try:
            self.save(**how)
        except IntegrityError as error:  # somebody took the slug since it was checked
            raise Busy from error

    @property
    def is_visible(self) -> bool:
        return True

    def facts(self) -> dict[str, object]:
        return {field: getattr(self, field) for field in self.EDITABLE}

    def _check(self, now: datetime) -> None:
        for field in self.TEXTS:
            setattr(self, field, rules.tidy(getattr(self, field)))
        found = self.check_fields(self.facts(), now)
        self._check_more(found)
        found.raise_any()

    def check_fields(self, given: Mapping[str, Any], now: datetime) -> Violations:
        """Every rule that the given fields break; `add` and `change` refuse what breaks any."""
        found = rules.check(given, now)
        storable = "slug" in given and all(error.field != "slug" for error in found.found)
        if storable and type(self)._base_manager.filter(slug=given["slug"]).exclude(pk=self.pk).exists():
            found.add("slug", "unique", "Another one has this slug.")
        return found

    def _check_more(self, found: Violations) -> None:
        pass

    def _record(self, action: str, *, by: Actor, now: datetime, was_visible: bool = False, **facts: Any) -> None:
        AuditEntry.record(action, self, by=by, now=now, **facts)
        public = self.is_visible or was_visible
        Event.record(f"{self._meta.model_name}.{action}", self, now=now, public=public, payload=self.facts())

    def _lock(self) -> None:
        try:
            self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update())
        except type(self).DoesNotExist as error:
            raise NotFound(f"No such {self._meta.verbose_name}.") from error


class ServiceGroup(CatalogueEntry):
    """An ordered set of services shown together; without a public one among them it is not shown."""

    services: "ServiceQuerySet"

    @property
    def is_visible(self) -> bool:
        return self.services.public().exists()


class ServiceQuerySet(models.QuerySet["Service"]):
    def public(self) -> Self:
        return self.filter(is_public=True)

    def lock(self, services: "Iterable[Service]") -> None:
        """Until the transaction ends nobody else opens something on them, nor deletes them. Raises Busy if one is gone.

        In one order, so that two writers cannot wait for each other.
        """
        wanted = {service.pk for service in services}
        rows = self.filter(pk__in=wanted).select_for_update(no_key=True).order_by("pk")
        if wanted and len(rows) < len(wanted):
            raise Busy


class Service(CatalogueEntry):
    """A thing that users depend on. Its status is not stored: it is the worst of its open impacts."""

    group = models.ForeignKey(ServiceGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="services")
    is_public = models.BooleanField("public", default=True)
    start_date = models.DateField(
        null=True, blank=True, help_text="In service since; before this day the history says “no data”."
    )

    EDITABLE = (*CatalogueEntry.EDITABLE, "group_id", "is_public", "start_date")

    objects = ServiceQuerySet.as_manager()

    @property
    def is_visible(self) -> bool:
        return self.is_public

    @property
    def since(self) -> datetime:
        """When it began to exist, for uptime."""
        if self.start_date is None:
            return self.created_at.astimezone(UTC)
        return midnight(self.start_date, ZoneInfo(settings.PAGE_TIME_ZONE))
