"""Shapes, as in `shapes`, of what is drawn over time."""

from datetime import date, datetime
from typing import TypedDict

from incidents.severity import ServiceStatus


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
