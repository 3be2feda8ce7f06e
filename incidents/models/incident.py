from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from incidents import lifecycle, rules
from incidents.errors import AlreadyOpen, Violations
from incidents.lifecycle import OPEN_INCIDENT, IncidentStatus, Status
from incidents.models.audit import Actor
from incidents.models.identifiers import new_id
from incidents.models.impact import Impact, ImpactQuerySet, Levels
from incidents.models.merging import Mergeable
from incidents.models.review import Reviewable
from incidents.models.scheduling import Schedulable
from incidents.models.service import Service
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction
from incidents.severity import LEVEL_FOR_SEVERITY, ServiceStatus, Severity

DRAFT, RESOLVED = IncidentStatus.DRAFT, IncidentStatus.RESOLVED


class IncidentQuerySet(models.QuerySet["Incident"]):
    def public(self) -> Self:
        return self.filter(is_public=True, merged_into=None).exclude(status=DRAFT)

    def open(self) -> Self:
        return self.filter(status__in=OPEN_INCIDENT)

    def with_listed_at(self) -> Self:
        """`listed_at`: where the history shows it, which is the time it ended, else began."""
        return self.annotate(listed_at=Coalesce("resolved_at", "started_at"))


class Incident(Mergeable, Reviewable, Schedulable):
    """An unplanned disruption. A draft has no `started_at` unless one was given: its clock starts when published."""

    STATUS = IncidentStatus
    CAUSE = "incident"
    EFFECTIVE = "resolved_at"
    EDITABLE = (*Timeline.EDITABLE, "severity")

    severity = models.CharField(max_length=20, choices=[(s, s) for s in Severity])
    status = models.CharField(max_length=20, choices=[(s, s) for s in IncidentStatus])
    started_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    continues = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="continued_by")

    objects = IncidentQuerySet.as_manager()
    impacts: ImpactQuerySet

    class Meta:
        ordering = (F("started_at").desc(nulls_first=True), "-created_at")
        constraints = [
            models.CheckConstraint(name="resolved_at_iff_resolved", condition=Q(status=RESOLVED) ^ Q(resolved_at=None)),
            models.CheckConstraint(
                name="only_a_draft_has_not_started", condition=Q(status=DRAFT) | Q(started_at__isnull=False)
            ),
            models.CheckConstraint(
                name="incident_ends_after_start",
                condition=Q(resolved_at=None) | Q(started_at=None) | Q(resolved_at__gte=F("started_at")),
            ),
            models.CheckConstraint(
                name="postmortem_only_after_resolution",
                condition=Q(postmortem_published_at=None) | Q(status=RESOLVED),
            ),
            models.CheckConstraint(name="merged_is_resolved", condition=Q(merged_into=None) | Q(status=RESOLVED)),
            models.CheckConstraint(name="only_a_draft_waits", condition=Q(publish_at=None) | Q(status=DRAFT)),
        ]
        indexes = [
            models.Index(fields=("-started_at",), name="incident_newest_first"),
            models.Index(fields=("status",), name="incident_by_status"),  # what is open now
            models.Index(fields=("-updated_at",), name="incident_last_changed"),  # what a feed holds
            models.Index(Coalesce("resolved_at", "started_at"), name="incident_by_listing"),  # a month of history
            models.Index(fields=("publish_at",), name="draft_to_publish", condition=Q(publish_at__isnull=False)),
            models.Index(fields=("merged_into",), name="incident_merged", condition=Q(merged_into__isnull=False)),
        ]

    @classmethod
    @in_one_transaction
    def open(
        cls,
        *,
        by: Actor,
        title: str,
        severity: Severity,
        status: IncidentStatus,
        description: str = "",
        message: str = "",
        levels: Levels | None = None,
        is_public: bool = True,
        started_at: datetime | None = None,
        resolved_at: datetime | None = None,
        next_update_at: datetime | None = None,
        continues: "Incident | None" = None,
        notify: bool = True,
        force: bool = False,
        id: str | None = None,
        now: datetime | None = None,
    ) -> "Incident":
        """Opens an incident with its first update; as a draft it stays unseen, as resolved it records history.

        `id`: one that `new_id` made before, so that a report that is sent twice cannot become two.
        Raises Invalid, AlreadyOpen (unless `force`), Busy.
        """
        now = now or timezone.now()
        cls.check_new(
            now,
            status=status,
            continues=continues,
            title=title,
            description=description,
            message=message,
            started_at=started_at,
            resolved_at=resolved_at,
            next_update_at=next_update_at,
        ).raise_any()
        Service.objects.lock(levels or ())
        if not force and status in OPEN_INCIDENT:
            cls._refuse_second(levels)
        incident = cls.objects.create(
            id=id or new_id(),
            title=rules.tidy(title),
            description=rules.tidy(description),
            severity=severity,
            status=status,
            is_public=is_public,
            started_at=started_at or (None if status is DRAFT else now),
            resolved_at=resolved_at,
            continues=continues,
            created_at=now,
            updated_at=now,
        )
        update = incident._append(
            by,
            status=status,
            message=rules.tidy(message) or lifecycle.default_message(status),
            created_at=now,
            display_at=resolved_at or now,
            next_update_at=next_update_at,
            notify=notify,
        )
        Impact.set_levels(incident, levels or {}, incident.started_at or now, default=incident.default_level)
        if resolved_at:
            incident.impacts.open().update(ended_at=resolved_at)
        tells = notify and not resolved_at
        incident.record("opened", by=by, now=now, notify=tells, after=incident.facts(), update=update)
        return incident

    @in_one_transaction
    def edit(
        self,
        *,
        by: Actor,
        version: int | None = None,
        now: datetime | None = None,
        title: str | None = None,
        description: str | None = None,
        severity: Severity | None = None,
        is_public: bool | None = None,
        levels: Levels | None = None,
        notify: bool = True,
    ) -> bool:
        """Changes what is not told by updates; returns whether anything differed. After resolution the severity stands.

        `levels` are for drafts: afterwards they change with an update. `notify`: should it become public by this.

        Raises NotFound, StaleVersion, Invalid, Busy.
        """
        now = now or timezone.now()
        self.lock(version)
        given = {"title": title, "description": description, "severity": severity, "is_public": is_public}
        found = rules.check(given, now)
        if self.state is RESOLVED and severity not in (None, self.severity):
            found.add("severity", "resolved", "The severity of a resolved incident stands.")
        if levels is not None and self.state is not DRAFT:
            found.add("affected_services", "not_a_draft", "Once it is published, levels change with an update.")
        found.raise_any()
        default = self.default_level
        foreseen = levels is not None and self._foresee(levels)
        changed = self._edit(by=by, now=now, changes=self.tidied(given), also=foreseen, notify=notify)
        if self.state is DRAFT and self.default_level != default:
            self.impacts.filter(level=default).update(level=self.default_level)
        return changed

    @property
    def is_visible(self) -> bool:
        return self.is_public and self.status != DRAFT and self.merged_into_id is None

    @property
    def default_level(self) -> ServiceStatus:
        return LEVEL_FOR_SEVERITY[Severity(self.severity)]

    def _foresee(self, levels: Levels) -> bool:
        """Sets what a draft will hit; returns whether that differs from before."""
        before = self.impacts.open().levels()
        Impact.set_levels(self, levels, self.started_at or self.created_at, default=self.default_level)
        return self.impacts.open().levels() != before

    def _may_be_dated(self, status: Status) -> bool:
        return status is RESOLVED

    def _entered(self, status: Status, at: datetime) -> dict[str, Any]:
        entered: dict[str, Any] = {}
        if self.state is DRAFT:
            entered |= {"started_at": self.started_at or at, "publish_at": None, "publish_as": ""}
        if status is RESOLVED:
            entered["resolved_at"] = at
        return entered

    def _apply_levels(self, was: Status, levels: Levels | None, at: datetime) -> None:
        if was is DRAFT:
            self.impacts.update(started_at=self.started_at)  # what a draft foresees begins with its publication
        if self.state is RESOLVED:
            self._close_impacts(at)
        elif levels is not None:
            Impact.set_levels(self, levels, at, default=self.default_level)

    @classmethod
    def check_new(cls, now: datetime, **given: Any) -> Violations:
        """Every rule that the given fields break; `open` refuses what breaks any."""
        found = rules.check(given, now)
        if "status" in given:
            rules.check_ends(found, given["status"] is RESOLVED, given.get("started_at"), given.get("resolved_at"))
        continues = given.get("continues")
        if continues is not None and continues.state is not RESOLVED:
            found.add("continues", "still_open", "That incident is still open: update it instead.")
        return found

    @classmethod
    def _refuse_second(cls, levels: Levels | None) -> None:
        hit = Impact.objects.open().filter(service__in=list(levels or {}), incident__status__in=OPEN_INCIDENT)
        impact = hit.select_related("incident").first()
        if impact is not None and impact.incident is not None:
            raise AlreadyOpen(impact.incident.pk, impact.incident.title)
