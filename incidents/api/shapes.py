"""What answers hold, as types: payloads are checked against them, and the OpenAPI document is made of them.

Keys are snake_case here; a dialect may change their case, and that of enumerated words.
"""

from datetime import date, datetime
from typing import Any, TypedDict

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.severity import Indicator, OverallStatus, ServiceStatus, Severity


class Impact(TypedDict):
    service: str
    level: ServiceStatus
    started_at: datetime
    ended_at: datetime | None


class Postmortem(TypedDict):
    body: str
    published: bool
    published_at: datetime | None


class Update(TypedDict):
    id: str
    message: str
    created_at: datetime
    display_at: datetime
    edited_at: datetime | None


class IncidentUpdate(Update):
    status: IncidentStatus


class MaintenanceUpdate(Update):
    status: MaintenanceStatus


class Story(TypedDict):
    id: str
    title: str
    description: str
    affected_services: list[str]
    impacts: list[Impact]
    is_public: bool
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    version: int
    url: str
    next_update_at: datetime | None


class Incident(Story):
    severity: Severity
    status: IncidentStatus
    resolved_at: datetime | None
    continues: str | None
    postmortem: Postmortem | None
    updates: list[IncidentUpdate]


class Maintenance(Story):
    status: MaintenanceStatus
    scheduled_start_at: datetime
    scheduled_end_at: datetime
    ended_at: datetime | None
    automatic: bool
    updates: list[MaintenanceUpdate]


class GroupEntry(TypedDict):
    """A service group as ops keep it, and what every entry of that kind has."""

    id: str
    slug: str
    name: str
    description: str
    position: int
    created_at: datetime
    updated_at: datetime


class ServiceEntry(GroupEntry):
    """A service as ops keep it."""

    group: str | None
    is_public: bool
    start_date: date | None


class TemplateService(TypedDict):
    """`level`: null for the one that the severity gives."""

    id: str
    level: ServiceStatus | None


class TemplateEntry(GroupEntry):
    """What a report may begin from. `placeholders`: the names in `{{ }}` of its texts."""

    title: str
    severity: Severity
    message: str
    affected_services: list[TemplateService]
    placeholders: list[str]


class Service(TypedDict):
    id: str
    name: str
    description: str
    category: str | None
    status: ServiceStatus


# Shares such as "99.98%", rounded down; null where there is nothing to measure.
ServiceUptime = TypedDict("ServiceUptime", {"24h": str | None, "7d": str | None, "30d": str | None, "90d": str | None})


class ServiceDetail(Service):
    since: datetime
    uptime: ServiceUptime


class Group(TypedDict):
    id: str
    name: str
    description: str
    status: ServiceStatus
    services: list[Service]


class Catalogue(TypedDict):
    groups: list[Group]
    all_services: list[Service]
    total_count: int
    last_updated: datetime | None


class Overview(TypedDict):
    overall_status: OverallStatus
    indicator: Indicator
    headline: str
    services_total: int
    services_healthy: int
    active_incidents: int
    last_updated: datetime | None


class ServiceFigures(TypedDict):
    id: str
    name: str
    status: ServiceStatus
    latency: str | None
    uptime_7d: str | None


class Figures(TypedDict):
    overall_status: OverallStatus
    uptime: str | None
    active_incidents: int
    last_updated: datetime | None
    services: list[ServiceFigures]


class ServiceInBrief(TypedDict):
    id: str
    name: str
    status: ServiceStatus


class IncidentInBrief(TypedDict):
    id: str
    title: str
    status: IncidentStatus
    severity: Severity
    started_at: datetime
    affected_services: list[str]


class MaintenanceInBrief(TypedDict):
    id: str
    title: str
    status: MaintenanceStatus
    scheduled_start_at: datetime
    scheduled_end_at: datetime
    affected_services: list[str]


class Summary(TypedDict):
    overall_status: OverallStatus
    indicator: Indicator
    headline: str
    services: list[ServiceInBrief]
    incidents: list[IncidentInBrief]
    maintenance: list[MaintenanceInBrief]
    last_updated: datetime | None


class TokenPair(TypedDict):
    access: str
    refresh: str


class HistoryDay(TypedDict):
    """Null where the service did not exist. `downtime_seconds`: what the uptime misses, so a partial outage counts
    in part; `affected_seconds`: at any level but operational."""

    date: date
    status: ServiceStatus | None
    uptime: str | None
    downtime_seconds: int | None
    affected_seconds: int | None


class ServiceHistory(TypedDict):
    id: str
    name: str
    uptime: str | None
    days: list[HistoryDay]


class History(TypedDict):
    """`time_zone`: the one by which the days begin."""

    time_zone: str
    services: list[ServiceHistory]


class MetricPoint(TypedDict):
    """`timestamp`: where its step begins; `value`: null where there is nothing to measure."""

    timestamp: datetime
    value: float | None


class Metric(TypedDict):
    service: str
    range: str
    available: bool
    points: list[MetricPoint]


class Subject(TypedDict):
    """What an event is about, by the name of its model. `version`: 0 if it has none."""

    type: str
    id: str
    version: int


class Event(TypedDict):
    """`payload`: the subject's facts after the change; empty for events of older versions of this program."""

    id: int
    type: str
    subject: Subject
    occurred_at: datetime
    public: bool
    notify: bool
    payload: dict[str, Any]


class Events(TypedDict):
    """`next`: the cursor to ask with next time, be there `more` now or not."""

    events: list[Event]
    next: int
    more: bool


class AuditedSubject(TypedDict):
    type: str
    id: str
    title: str


class AuditEntry(TypedDict):
    """`before` and `after`: what the change touched, field by field."""

    id: int
    at: datetime
    actor: str
    via: str
    address: str
    token: str
    action: str
    subject: AuditedSubject
    before: dict[str, Any]
    after: dict[str, Any]
