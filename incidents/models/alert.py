from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from incidents import rules
from incidents.errors import Violations
from incidents.lifecycle import OPEN_INCIDENT
from incidents.models.audit import Actor
from incidents.models.identifiers import LENGTH, new_id
from incidents.models.incident import RESOLVED, Incident

if TYPE_CHECKING:
    from incidents.models.alert_source import AlertSource

MAX_NAME = 200
CLOCKS_DIFFER_BY = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Signal:
    """One alert as a product tells of it. `key` is what the product calls it, the same each time.

    `at`: when it began, or when it ended, by the product's clock.
    """

    key: str
    name: str
    is_firing: bool
    at: datetime
    summary: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def check(self, found: Violations, path: str, now: datetime) -> None:
        texts = (self.key, self.name, self.summary, *self.labels, *self.labels.values())
        if not all(map(rules.is_storable, texts)):
            found.add(path, "invalid_characters", "Contains characters that cannot be stored or shown.")
        if not rules.EARLIEST <= self.at <= now + CLOCKS_DIFFER_BY:
            found.add(path, "out_of_range", "Its time lies before the year 2000 or in the future.")


# What a message changes.
_HEARD = (
    *("name", "summary", "labels", "started_at", "ended_at"),
    *("is_firing", "changed_at", "is_handled", "heard_at"),
)


class AlertQuerySet(models.QuerySet["Alert"]):
    def untold(self, since: datetime) -> Self:
        """Those that have been firing since then, and that nothing was done about."""
        return self.filter(is_firing=True, is_handled=False, changed_at__lte=since)

    def unquiet(self, since: datetime) -> Self:
        return self.filter(Q(is_firing=True) | Q(changed_at__gt=since))


class Alert(models.Model):
    """What one source last said of one condition.

    `started_at` and `ended_at` are the latest of each that it told; it is firing while the first is the later one. So
    it does not matter in which order its messages come, nor how often.
    """

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    source = models.ForeignKey("AlertSource", on_delete=models.CASCADE, related_name="alerts")
    key = models.CharField(max_length=64, editable=False)  # a hash: products have long ones
    name = models.CharField(max_length=MAX_NAME)
    summary = models.TextField(blank=True)
    labels = models.JSONField(default=dict)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    is_firing = models.BooleanField("firing", default=False)
    changed_at = models.DateTimeField("since", help_text="By our clock, when it last began or ended.")
    heard_at = models.DateTimeField("last heard of")
    is_handled = models.BooleanField(default=False)
    incident = models.ForeignKey(Incident, null=True, on_delete=models.SET_NULL, related_name="alerts")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ("-changed_at",)
        constraints = [models.UniqueConstraint(fields=("source", "key"), name="one_alert_of_a_key")]
        indexes = [models.Index(fields=("source", "is_firing", "is_handled"), name="alert_untold")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def hear(cls, source: "AlertSource", signal: Signal, now: datetime) -> None:
        """Takes in what is said, under the lock of the source."""
        key = sha256(signal.key.encode()).hexdigest()
        alert = cls.objects.filter(source=source, key=key).first() or cls(source=source, key=key, changed_at=now)
        before = alert.is_firing
        alert._follow(signal)
        if alert.is_firing != before:
            alert.changed_at, alert.is_handled = now, False
        alert.heard_at = now
        if alert._state.adding:
            alert.save()
        else:
            alert.save(update_fields=_HEARD)  # a merge may be giving it another incident

    def _follow(self, signal: Signal) -> None:
        told = "started_at" if signal.is_firing else "ended_at"
        known: datetime | None = getattr(self, told)
        if known is None or signal.at >= known:
            setattr(self, told, signal.at)
            self.name, self.summary, self.labels = signal.name[:MAX_NAME], signal.summary, dict(signal.labels)
        began, ended = self.started_at, self.ended_at
        self.is_firing = began is not None and (ended is None or began > ended)

    @classmethod
    def purge(cls, now: datetime) -> bool:
        """Forgets what has been quiet for long; returns whether there was any."""
        old = cls.objects.filter(is_firing=False, heard_at__lte=now - FORGOTTEN_AFTER).values_list("pk", flat=True)
        chunk = list(old[:1000])
        cls.objects.filter(pk__in=chunk, is_firing=False).delete()
        return bool(chunk)


class AutomatedIncident(models.Model):
    """An incident that a source opened, and the version that it made: while it stands, nobody else had a hand in it."""

    source = models.ForeignKey("AlertSource", on_delete=models.CASCADE, related_name="opened")
    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="automated")
    version = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.source_id} {self.incident_id}"

    def resolve_unless_touched(self, *, by: Actor, now: datetime) -> bool:
        """Ends it when its alerts did. Whoever changed anything about it has taken it over: then it is left alone."""
        incident = Incident.locked(self.incident_id)
        if incident is None or incident.version != self.version or incident.state not in OPEN_INCIDENT:
            return False
        ended = incident.alerts.aggregate(at=models.Max("ended_at"))["at"]
        fits = ended is not None and incident._last_change() <= ended <= now
        incident.post_update(by=by, status=RESOLVED, effective_at=ended if fits else None, now=now)
        return True
