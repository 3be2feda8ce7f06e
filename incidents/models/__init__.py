"""The records. Every change goes through a method here: views, forms, commands and workers only call it."""

from incidents.models.alert import Alert, AutomatedIncident, Signal
from incidents.models.alert_source import AlertSource
from incidents.models.audit import Actor, AuditEntry
from incidents.models.channel import Channel, DigestFrequency
from incidents.models.delivery import Attempt, Delivery
from incidents.models.idempotency import IdempotencyRecord
from incidents.models.impact import Impact
from incidents.models.incident import Incident
from incidents.models.job import PeriodicJob
from incidents.models.machine_token import MachineToken
from incidents.models.maintenance import MaintenanceWindow
from incidents.models.outbox import Event
from incidents.models.pacing import Pacing
from incidents.models.revision import Revision
from incidents.models.series import MaintenanceSeries
from incidents.models.service import Service, ServiceGroup
from incidents.models.subscription import Subscription
from incidents.models.template import IncidentTemplate
from incidents.models.update import IncidentUpdate, MaintenanceUpdate
from incidents.models.uploaded import UploadedDocument

__all__ = [
    "Actor",
    "Alert",
    "AlertSource",
    "Attempt",
    "AuditEntry",
    "AutomatedIncident",
    "Channel",
    "Delivery",
    "DigestFrequency",
    "Event",
    "IdempotencyRecord",
    "Impact",
    "Incident",
    "IncidentTemplate",
    "IncidentUpdate",
    "MachineToken",
    "MaintenanceSeries",
    "MaintenanceUpdate",
    "MaintenanceWindow",
    "Pacing",
    "PeriodicJob",
    "Revision",
    "Service",
    "ServiceGroup",
    "Signal",
    "Subscription",
    "UploadedDocument",
]
