import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from incidents import rules
from incidents.errors import Violations
from incidents.lifecycle import OPEN_INCIDENT, IncidentStatus
from incidents.models import mapping
from incidents.models.alert import Alert, AlertQuerySet, AutomatedIncident, Signal
from incidents.models.audit import Actor, AuditEntry
from incidents.models.guarded import or_log
from incidents.models.incident import Incident
from incidents.models.mapping import Rule
from incidents.models.service import CatalogueEntry, Service
from incidents.models.transaction import in_one_transaction
from incidents.severity import LEVEL_FOR_SEVERITY, ServiceStatus, worst

MAX_WAIT = 24 * 60 * 60
_SEVERITY_FOR_LEVEL = {level: severity for severity, level in LEVEL_FOR_SEVERITY.items()}


class Product(StrEnum):
    ALERTMANAGER = "alertmanager"
    GRAFANA = "grafana"
    UPTIME_KUMA = "uptime_kuma"
    GATUS = "gatus"
    GENERIC = "generic"


class Mode(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    OPEN_AND_RESOLVE = "open_and_resolve"


class AlertSource(CatalogueEntry):
    """A program that watches, and what may come of its alerts. Its token is not stored, only what tells it again."""

    product = models.CharField(max_length=20, choices=[(p, p) for p in Product])
    mode = models.CharField(max_length=20, choices=[(m, m) for m in Mode], default=Mode.DRAFT)
    mapping = models.JSONField(default=list, blank=True)  # a list of {"when": {label: value}, "service": id, "level"}
    open_after = models.PositiveIntegerField(default=60, help_text="Seconds for which an alert has to fire.")
    resolve_after = models.PositiveIntegerField(default=300, help_text="Seconds for which it has to stay quiet.")
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    last_received_at = models.DateTimeField("last received", null=True, editable=False)

    EDITABLE = (*CatalogueEntry.EDITABLE, "product", "mode", "mapping", "open_after", "resolve_after")

    alerts: AlertQuerySet
    opened: "models.QuerySet[AutomatedIncident]"

    @property
    def is_visible(self) -> bool:
        return False

    @property
    def rules(self) -> list[Rule]:
        return [Rule(r["when"], r["service"], ServiceStatus(r["level"])) for r in self.mapping]

    @staticmethod
    def stored(found: Iterable[Rule]) -> list[dict[str, object]]:
        """The form in which `mapping` is kept."""
        return [{"when": dict(rule.when), "service": rule.service, "level": str(rule.level)} for rule in found]

    @in_one_transaction
    def issue_token(self, *, by: Actor, now: datetime | None = None) -> str:
        """A new token, to be shown once; the one before ends at once."""
        self._lock()
        token = secrets.token_urlsafe(32)
        type(self).objects.filter(pk=self.pk).update(token_hash=_hash(token))
        AuditEntry.record("token_issued", self, by=by, now=now or timezone.now())
        return token

    @classmethod
    def of_token(cls, slug: str, token: str) -> "AlertSource | None":
        source = cls.objects.exclude(token_hash="").filter(slug=slug).first()
        known = source.token_hash if source else ""
        return source if secrets.compare_digest(known, _hash(token)) else None

    @in_one_transaction
    def receive(self, signals: Sequence[Signal], *, by: Actor, now: datetime) -> None:
        """Takes in what is said and does what is due. Raises Invalid for what cannot be stored, NotFound, Busy."""
        found = Violations()
        for n, signal in enumerate(signals):
            signal.check(found, f"alerts[{n}]", now)
        found.raise_any()
        self._lock()
        for signal in signals:
            Alert.hear(self, signal, now)
        type(self).objects.filter(pk=self.pk).update(last_received_at=now)
        self._settle(by, now)

    @classmethod
    def settle_all(cls, now: datetime) -> bool:
        """What became due by time alone, each source in its own transaction; whether anything did."""
        failed = "Alerts of %s could not be settled."
        return sum(or_log(partial(source.settle, now), failed, source.slug) for source in cls.objects.all()) > 0

    @in_one_transaction
    def settle(self, now: datetime) -> bool:
        """Opens for what has fired long enough, ends what has been quiet long enough; whether anything was done."""
        self._lock()
        return self._settle(self.actor(), now)

    def actor(self, address: str = "") -> Actor:
        return Actor(self.slug, "automation", address)

    def _settle(self, by: Actor, now: datetime) -> bool:
        told, ended = self._tell(by, now), self._end(by, now)
        return told or ended

    def _tell(self, by: Actor, now: datetime) -> bool:
        """Alerts that become due together are told by one incident; what an incident tells already needs no second."""
        due = list(self.alerts.untold(now - timedelta(seconds=self.open_after)))
        found = {alert: self._levels_of(alert) for alert in due}
        Service.objects.lock({service for levels in found.values() for service in levels})
        rest = {alert: levels for alert, levels in found.items() if levels and not self._is_told(alert, levels, now)}
        if rest:
            incident = self._open(rest, by, now)
            self.alerts.filter(pk__in=[alert.pk for alert in rest]).update(incident=incident)
        self.alerts.filter(pk__in=[alert.pk for alert in due]).update(is_handled=True)
        return bool(due)

    def _levels_of(self, alert: Alert) -> dict[Service, ServiceStatus]:
        levels = mapping.levels(self.rules, alert.labels)
        return {service: levels[service.pk] for service in Service.objects.filter(pk__in=levels)} if levels else {}

    def _is_told(self, alert: Alert, levels: Iterable[Service], now: datetime) -> bool:
        """By an open incident; or for a source that only prepares drafts, by one whose alerts are not over."""
        since = now - timedelta(seconds=self.resolve_after)
        unquiet = Alert.objects.unquiet(since).filter(incident=models.OuterRef("pk"))
        others = unquiet.exclude(pk=alert.pk, ended_at__lte=since)
        prepared = models.Q(models.Exists(others), status=IncidentStatus.DRAFT, automated__isnull=False)
        is_open = models.Q(status__in=OPEN_INCIDENT)
        telling = is_open | prepared if self.mode == Mode.DRAFT else is_open
        hit = Incident.objects.filter(telling, impacts__service__in=list(levels), impacts__ended_at=None)
        incident = hit.order_by("-created_at").first()
        if incident is not None:
            self.alerts.filter(pk=alert.pk).update(incident=incident)
        return incident is not None

    def _open(self, alerts: dict[Alert, dict[Service, ServiceStatus]], by: Actor, now: datetime) -> Incident:
        """Words of the alerts go into a draft only: they are written for the people who run the thing."""
        hit = {service for levels in alerts.values() for service in levels}
        levels = {s: worst([given[s] for given in alerts.values() if s in given]) for s in hit}
        began = min(alert.started_at or now for alert in alerts)
        is_draft = self.mode == Mode.DRAFT
        incident = Incident.open(
            by=by,
            title=_title(levels),
            severity=_SEVERITY_FOR_LEVEL[worst(levels.values())],
            status=IncidentStatus.DRAFT if is_draft else IncidentStatus.INVESTIGATING,
            message="\n".join(_line(alert) for alert in alerts)[: rules.MAX_MESSAGE] if is_draft else "",
            levels=levels,
            started_at=min(began, now),
            now=now,
        )
        self.opened.create(incident=incident, version=incident.version)
        return incident

    def _end(self, by: Actor, now: datetime) -> bool:
        if self.mode != Mode.OPEN_AND_RESOLVE:
            return False
        since = now - timedelta(seconds=self.resolve_after)
        unquiet = Alert.objects.unquiet(since).filter(incident=models.OuterRef("incident"))
        over = self.opened.filter(~models.Exists(unquiet), incident__status__in=OPEN_INCIDENT)
        return sum(opened.resolve_unless_touched(by=by, now=now) for opened in over) > 0

    def _check_more(self, found: Violations) -> None:
        if self.product not in set(Product):
            found.add("product", "invalid_choice", f"Use one of: {', '.join(Product)}.")
        if self.mode not in set(Mode):
            found.add("mode", "invalid_choice", f"Use one of: {', '.join(Mode)}.")
        for wait in ("open_after", "resolve_after"):
            if not 0 <= getattr(self, wait) <= MAX_WAIT:
                found.add(wait, "out_of_range", f"Give 0 to {MAX_WAIT} seconds.")

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "mode": str(self.mode), "product": str(self.product)}


def _hash(token: str) -> str:
    """The token is 32 random bytes: nobody guesses its hash's input, however fast the hash."""
    return sha256(token.encode(errors="replace")).hexdigest()


def _title(hit: Iterable[Service]) -> str:
    """Names public services only: it may be published as it is, in the page's own language."""
    names = [s.name for s in sorted(hit, key=lambda s: (s.position, s.name, s.pk)) if s.is_public]
    with translation.override(settings.LANGUAGE_CODE):
        title = _("Problem with %(services)s") % {"services": ", ".join(names)} if names else _("Service disruption")
    return title if len(title) <= rules.MAX_TITLE else f"{title[: rules.MAX_TITLE - 1]}…"


def _line(alert: Alert) -> str:
    return f"- {alert.name}: {alert.summary}" if alert.summary else f"- {alert.name}"
