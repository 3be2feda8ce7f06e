"""Every address that the desk has, by its own lists of them, and a row of every kind to show there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.urls import URLPattern, reverse
from django.utils import timezone
from rest_framework_simplejwt.tokens import RefreshToken

from incidents import roles
from incidents.lifecycle import IncidentStatus
from incidents.models import (
    Actor,
    AlertSource,
    Event,
    Incident,
    IncidentTemplate,
    MachineToken,
    MaintenanceSeries,
    MaintenanceWindow,
    Service,
    ServiceGroup,
    Signal,
    Subscription,
)
from incidents.models.alert_source import Product
from incidents.severity import Severity

BY = Actor("scene", "test")


def furnish() -> None:
    """One of everything, beside what there is."""
    now = timezone.now()
    given: dict[str, Any] = {"by": BY, "slug": "one-of-each", "name": "One of each"}
    group = ServiceGroup.add(**given)
    Service.add(**given, group=group)
    IncidentTemplate.add(**given, title="Slow", severity="minor")
    AlertSource.add(**given, product=Product.GENERIC).receive([Signal("a", "Disk", True, now)], by=BY, now=now)
    MaintenanceSeries.add(**given, title="Updates", rule="FREQ=WEEKLY", minutes=60, first_start_at=now)
    MachineToken.issue("ci-deploy", [roles.PLATFORM_OPS], days=1, by=BY)
    Subscription.subscribe("reader@example.com", now=now)  # is sent a mail, which is a delivery
    RefreshToken.for_user(User.objects.create_user("reader"))
    _tell(IncidentStatus.DRAFT)
    _tell(IncidentStatus.INVESTIGATING)
    _tell(IncidentStatus.RESOLVED, started_at=now, resolved_at=now)
    start, end = now + timedelta(days=1), now + timedelta(days=1, hours=1)
    MaintenanceWindow.schedule(by=BY, title="Upgrade", scheduled_start_at=start, scheduled_end_at=end)


def _tell(status: IncidentStatus, **times: Any) -> None:
    Incident.open(by=BY, title=f"One that is {status}", severity=Severity.MINOR, status=status, **times)


def addresses() -> list[str]:
    """Also of what only answers a form, leads elsewhere or is forbidden to some."""
    alone = (url for url in admin.site.get_urls() if isinstance(url, URLPattern) and not url.pattern.regex.groups)
    found = [reverse(f"admin:{url.name}") for url in alone if url.name]
    found.append(reverse("admin:app_list", args=["incidents"]))
    for model, desk in admin.site._registry.items():
        found += [_address(url, model) for url in desk.get_urls() if url.name]
    return found


def _address(url: URLPattern, model: type[models.Model]) -> str:
    row, wanted = _row(model, str(url.name).rpartition("_")[2]), url.pattern.converters
    parts = {"object_id": row.pk, "id": row.pk, **dict(_inside(row))}
    return reverse(f"admin:{url.name}", kwargs={name: parts[name] for name in wanted})


def _inside(row: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(row, "updates"):
        yield "update_id", row.updates.latest("version").pk
        yield "event_id", Event.objects.filter(subject_id=row.pk).latest("id").pk


def _row(model: type[models.Model], page: str) -> Any:
    if model is Incident:
        shown = {"postmortem": IncidentStatus.RESOLVED, "publication": IncidentStatus.DRAFT}
        return Incident.objects.filter(status=shown.get(page, IncidentStatus.INVESTIGATING)).latest("created_at")
    return model._base_manager.order_by("pk").last()
