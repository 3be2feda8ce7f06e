from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from incidents import page
from incidents.api import shapes
from incidents.api.figures import figure
from incidents.api.operation import read
from incidents.api.views import ApiView
from incidents.lifecycle import FINAL, IncidentStatus, MaintenanceStatus
from incidents.models import Incident, MaintenanceWindow, Revision
from incidents.models.transaction import in_one_snapshot
from incidents.page import stories


class OverviewView(ApiView):
    """The whole page in a few figures. `last_updated` is the last public change, null before the first."""

    operations = {
        "overview": read("The whole page in a few figures", shapes.Overview),
        "figures": read("Status and uptime of every service", shapes.Figures),
        "summary": read("For widgets: what is open and under way", shapes.Summary, per_minute=200),
    }

    @in_one_snapshot
    def overview(self, request: Request) -> HttpResponseBase:
        now = timezone.now()
        catalogue, incidents = page.catalogue(now), _open_incidents(now)
        overall = page.overall(catalogue, incidents)
        shown: shapes.Overview = {
            "overall_status": overall.overall_status,
            "indicator": overall.indicator,
            "headline": overall.headline,
            "services_total": len(catalogue.services),
            "services_healthy": catalogue.healthy,
            "active_incidents": len(incidents),
            "last_updated": Revision.current().public_changed_at,
        }
        return self.shown(shown)

    @in_one_snapshot
    def figures(self, request: Request) -> HttpResponseBase:
        """Uptime of the last 7 days; that of the whole is the mean of the services'. Latency is null: not measured."""
        now = timezone.now()
        catalogue, incidents = page.catalogue(now, days=7), _open_incidents(now)
        shown: shapes.Figures = {
            "overall_status": page.overall(catalogue, incidents).overall_status,
            "uptime": figure(_mean([s.uptime for s in catalogue.services if s.uptime is not None])),
            "active_incidents": len(incidents),
            "last_updated": Revision.current().public_changed_at,
            "services": [_figures(service) for service in catalogue.services],
        }
        return self.shown(shown)

    @in_one_snapshot
    def summary(self, request: Request) -> HttpResponseBase:
        """For widgets: the headline, what is open and what is under way, without the telling."""
        now = timezone.now()
        catalogue, incidents = page.catalogue(now), _open_incidents(now)
        overall = page.overall(catalogue, incidents)
        windows = MaintenanceWindow.objects.public().exclude(status__in=FINAL).order_by("scheduled_start_at")
        shown: shapes.Summary = {
            "overall_status": overall.overall_status,
            "indicator": overall.indicator,
            "headline": overall.headline,
            "services": [{"id": s.slug, "name": s.name, "status": s.status} for s in catalogue.services],
            "incidents": [_incident(incident) for incident in incidents],
            "maintenance": [_window(window) for window in stories.maintenances(windows, now, told=False)],
            "last_updated": Revision.current().public_changed_at,
        }
        return self.shown(shown)


def _open_incidents(now: datetime) -> tuple[page.Incident, ...]:
    return stories.incidents(Incident.objects.public().open(), now, told=False)


def _mean(shares: Sequence[Fraction]) -> Fraction | None:
    return sum(shares, Fraction(0)) / len(shares) if shares else None


def _figures(service: page.Service) -> shapes.ServiceFigures:
    return {
        "id": service.slug,
        "name": service.name,
        "status": service.status,
        "latency": None,
        "uptime_7d": figure(service.uptime),
    }


def _incident(incident: page.Incident) -> shapes.IncidentInBrief:
    return {
        "id": incident.id,
        "title": incident.title,
        "status": IncidentStatus(incident.status),
        "severity": incident.severity,
        "started_at": incident.started_at,
        "affected_services": [hit.slug for hit in incident.affected],
    }


def _window(window: page.Maintenance) -> shapes.MaintenanceInBrief:
    return {
        "id": window.id,
        "title": window.title,
        "status": MaintenanceStatus(window.status),
        "scheduled_start_at": window.scheduled_start_at,
        "scheduled_end_at": window.scheduled_end_at,
        "affected_services": [hit.slug for hit in window.affected],
    }
