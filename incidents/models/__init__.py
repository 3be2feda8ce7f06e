"""The records. Every change goes through a method here: views, forms, commands and workers only call it."""

from incidents.models.audit import Actor, AuditEntry
from incidents.models.idempotency import IdempotencyRecord
from incidents.models.impact import Impact
from incidents.models.incident import Incident
from incidents.models.job import PeriodicJob
from incidents.models.machine_token import MachineToken
from incidents.models.maintenance import MaintenanceWindow
from incidents.models.outbox import Event
from incidents.models.revision import Revision
from incidents.models.service import Service, ServiceGroup
from incidents.models.subscription import Channel, DigestFrequency, Subscription
from incidents.models.template import IncidentTemplate
from incidents.models.update import IncidentUpdate, MaintenanceUpdate

__all__ = [
    "Actor",
    "AuditEntry",
    "Channel",
    "DigestFrequency",
    "Event",
    "IdempotencyRecord",
    "Impact",
    "Incident",
    "IncidentTemplate",
    "IncidentUpdate",
    "MachineToken",
    "MaintenanceUpdate",
    "MaintenanceWindow",
    "PeriodicJob",
    "Revision",
    "Service",
    "ServiceGroup",
    "Subscription",
]
