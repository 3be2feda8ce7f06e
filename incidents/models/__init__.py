"""The records. Every change goes through a method here: views, forms, commands and workers only call it."""

from incidents.models.audit import Actor, AuditEntry
from incidents.models.impact import Impact
from incidents.models.incident import Incident, IncidentUpdate
from incidents.models.maintenance import MaintenanceUpdate, MaintenanceWindow
from incidents.models.outbox import Event
from incidents.models.revision import Revision
from incidents.models.service import Service, ServiceGroup

__all__ = [
    "Actor",
    "AuditEntry",
    "Event",
    "Impact",
    "Incident",
    "IncidentUpdate",
    "MaintenanceUpdate",
    "MaintenanceWindow",
    "Revision",
    "Service",
    "ServiceGroup",
]
