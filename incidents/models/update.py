from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from incidents import rules
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models.audit import Actor
from incidents.models.identifiers import LENGTH, new_id
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction

if TYPE_CHECKING:
    from incidents.models.incident import Incident
    from incidents.models.maintenance import MaintenanceWindow


class TimelineUpdate(models.Model):
    """One entry of a timeline. Append-only, but for its wording."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    version = models.PositiveIntegerField(help_text="The version of its timeline that it made.")
    message = models.TextField()
    author = models.CharField(max_length=255)
    created_at = models.DateTimeField()
    display_at = models.DateTimeField(help_text="What pages show and sort by.")
    edited_at = models.DateTimeField(null=True)
    next_update_at = models.DateTimeField(null=True, help_text="When the next word is promised.")
    notify = models.BooleanField(default=True)
    nudged_at = models.DateTimeField(null=True, editable=False, help_text="When ops were reminded of that promise.")

    status: str

    class Meta:
        abstract = True
        ordering = ("-display_at", "-version")

    def __str__(self) -> str:
        return f"{self.status}: {self.message[:60]}"

    @property
    def timeline(self) -> Timeline:
        raise NotImplementedError

    @in_one_transaction
    def correct(self, message: str, *, by: Actor, version: int | None = None, now: datetime | None = None) -> None:
        """Changes the wording only: marks it edited, keeps the old text in the audit trail, notifies nobody."""
        now = now or timezone.now()
        rules.check({"message": message}, now).raise_any()
        self.timeline.lock(version)
        self.refresh_from_db()
        before, after = self.message, rules.tidy(message)
        if not after or after == before:
            return
        self.timeline._advance(self.timeline.state, max(now, self.timeline.updated_at))
        type(self)._base_manager.filter(pk=self.pk).update(message=after, edited_at=now)
        self.refresh_from_db()
        self.timeline.record(
            "update_corrected",
            by=by,
            now=now,
            before={"update": self.pk, "message": before},
            after={"message": after},
            update=self,
        )

    def facts(self) -> dict[str, object]:
        return {
            "update": self.pk,
            "status": self.status,
            "message": self.message,
            "display_at": self.display_at,
            "next_update_at": self.next_update_at,
            "notify": self.notify,
        }


class IncidentUpdate(TimelineUpdate):
    incident = models.ForeignKey("Incident", on_delete=models.CASCADE, related_name="updates")
    status = models.CharField(max_length=20, choices=[(s, s) for s in IncidentStatus])

    class Meta(TimelineUpdate.Meta):
        constraints = [
            # The last guard against two writers on one incident.
            models.UniqueConstraint(fields=("incident", "version"), name="one_update_per_incident_version")
        ]

    @property
    def timeline(self) -> "Incident":
        return self.incident


class MaintenanceUpdate(TimelineUpdate):
    maintenance = models.ForeignKey("MaintenanceWindow", on_delete=models.CASCADE, related_name="updates")
    status = models.CharField(max_length=20, choices=[(s, s) for s in MaintenanceStatus])

    class Meta(TimelineUpdate.Meta):
        constraints = [
            # The last guard against two writers on one window.
            models.UniqueConstraint(fields=("maintenance", "version"), name="one_update_per_maintenance_version")
        ]

    @property
    def timeline(self) -> "MaintenanceWindow":
        return self.maintenance
