"""What answers hold, as types: payloads are checked against them, and the OpenAPI document is made of them.

Keys are snake_case here; a dialect may change their case, and that of enumerated words.
"""

from datetime import date, datetime
from typing import TypedDict

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
    merged_into: str | None  # only ops see one: to everybody else it is not there
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
