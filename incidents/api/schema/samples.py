"""The words that examples are made of: one outage of one shop, told through every shape."""

from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import DigestFrequency
from incidents.severity import Indicator, OverallStatus, ServiceStatus, Severity

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ID = "k3v9x2m7q4ab"
TOKEN = f"{ID}.1.1vKtB2.{'Zm9vYmFy' * 5}Zm9"

# What a member is called → what it holds. One that may be null and is not here is null.
MEMBERS: dict[str, Any] = {
    "id": ID,
    "slug": "checkout",
    "name": "Checkout",
    "title": "Checkout answers slowly",
    "description": "Some payments take longer than a minute.",
    "message": "We have found the cause and are rolling it back.",
    "body": "A release doubled the number of queries. It is taken back, and a test guards it now.",
    "affected_services": ["checkout"],
    "service": "checkout",
    "category": "shop",
    "group": "shop",
    "url": f"https://status.example.com/incidents/{ID}/",
    "version": 3,
    "position": 1,
    "started_at": NOW - timedelta(minutes=40),
    "scheduled_start_at": NOW + timedelta(days=2),
    "scheduled_end_at": NOW + timedelta(days=2, hours=1),
    "last_updated": NOW,
    "headline": "Partially Degraded Service",
    "services_total": 8,
    "services_healthy": 7,
    "active_incidents": 1,
    "total_count": 8,
    "uptime": "99.98%",
    "uptime_7d": "99.98%",
    "24h": "99.12%",
    "7d": "99.98%",
    "30d": "99.99%",
    "90d": "99.99%",
    "access": "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.c2lnbmF0dXJl",
    "refresh": "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl",
    "time_zone": "Europe/Berlin",
    "downtime_seconds": 0,
    "affected_seconds": 1200,
    "range": "24h",
    "value": 99.98,
    "placeholders": ["region"],
    "type": "incident",
    "payload": {"status": IncidentStatus.IDENTIFIED, "severity": Severity.MINOR},
    "next": 4711,
    "email": "ann@example.com",
    "categories": ["shop"],
    "subscriptions": [{"address": "ann@example.com"}],
    "mode": "email",
    "records": 1,
    "count": 1,
    "interval_seconds": 60,
    "unsubscribe_url": f"https://status.example.com/unsubscribe/{TOKEN}/",
    "actor": "ops",
    "via": "api",
    "address": "192.0.2.1",
    "token": "9b1d4c7e0a2f4d55",
    "action": "posted an update",
    "before": {"status": IncidentStatus.INVESTIGATING},
    "after": {"status": IncidentStatus.IDENTIFIED},
    "username": "ops",
    "password": "correct horse battery staple",
}
PATH = {"id": ID, "slug": "checkout", "token": TOKEN}
# Media type → a success in it.
DOCUMENTS = {
    "application/rss+xml": '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>…</channel></rss>',
    "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg"><title>Checkout: operational</title></svg>',
}
# … where the same member means something else.
IN_SHAPE: dict[tuple[str, str], Any] = {
    ("Service", "id"): "checkout",
    ("ServiceDetail", "id"): "checkout",
    ("ServiceFigures", "id"): "checkout",
    ("ServiceInBrief", "id"): "checkout",
    ("ServiceEntry", "id"): "checkout",
    ("DigestItem", "subject"): "Checkout answers slowly",
    ("Scheduler", "name"): "purge",
    ("VerifiedPreferences", "token"): TOKEN,
    ("ShownToken", "token"): TOKEN,
    ("StatuspageSubscriber", "subscriber"): {"email": "ann@example.com"},
    ("Subscriber", "created_at"): "2026-11-21T12:00:00.000Z",
    ("ServiceHistory", "id"): "checkout",
    ("Event", "id"): 4711,
    ("AuditEntry", "id"): 4711,
    ("TemplateService", "id"): "checkout",
    ("TemplateEntry", "id"): "slow",
    ("TemplateEntry", "slug"): "slow",
    ("TemplateEntry", "name"): "Slow answers",
    ("TemplateEntry", "title"): "{{ region }} answers slowly",
    ("TemplateEntry", "affected_services"): [{"id": "checkout", "level": None}],
    ("NewTemplate", "slug"): "slow",
    ("NewTemplate", "name"): "Slow answers",
    ("NewTemplate", "title"): "{{ region }} answers slowly",
    ("GroupEntry", "id"): "shop",
    ("GroupEntry", "slug"): "shop",
    ("GroupEntry", "name"): "Shop",
    ("Group", "id"): "shop",
    ("Group", "name"): "Shop",
    ("NewGroup", "slug"): "shop",
    ("NewGroup", "name"): "Shop",
    ("MaintenanceInBrief", "title"): "Database upgrade",
    ("Maintenance", "title"): "Database upgrade",
    ("Maintenance", "started_at"): None,
    ("Maintenance", "url"): f"https://status.example.com/maintenance/{ID}/",
    ("NewMaintenance", "title"): "Database upgrade",
}
WORDS: dict[type, Any] = {
    IncidentStatus: IncidentStatus.IDENTIFIED,
    MaintenanceStatus: MaintenanceStatus.SCHEDULED,
    Severity: Severity.MINOR,
    ServiceStatus: ServiceStatus.DEGRADED_PERFORMANCE,
    OverallStatus: OverallStatus.DEGRADED,
    Indicator: Indicator.MINOR,
    DigestFrequency: DigestFrequency.DAILY,
}
# Body → the optional fields that its example shows beside those that must be there.
SHOWN = {
    "NewIncident": ("message", "affected_services"),
    "IncidentChange": ("title", "version"),
    "NewIncidentUpdate": ("affected_services",),
    "NewMaintenance": ("affected_services",),
    "MaintenanceChange": ("title", "version"),
    "Postmortem": ("published",),
    "NewService": ("description", "group"),
    "ServiceChange": ("name",),
    "NewGroup": ("position",),
    "GroupChange": ("name",),
    "TemplateChange": ("name",),
    "PreferencesChange": ("notify_recovery", "digest_frequency"),
    "ShownToken": ("token",),
    "Removal": ("version",),
}
