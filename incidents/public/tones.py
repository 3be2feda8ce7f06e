"""The one colour and shape that a thing is shown in; `static/public.css` and the icon sprite know these names."""

from collections.abc import Mapping

from incidents import page, severity
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.severity import LEVEL_FOR_SEVERITY, Overall, ServiceStatus, Severity
from incidents.uptime import Day

NO_DATA = "none"
MAINTENANCE = "maintenance"

_TONES = {
    ServiceStatus.OPERATIONAL: "ok",
    ServiceStatus.UNDER_MAINTENANCE: MAINTENANCE,
    ServiceStatus.DEGRADED_PERFORMANCE: "degraded",
    ServiceStatus.PARTIAL_OUTAGE: "partial",
    ServiceStatus.MAJOR_OUTAGE: "major",
}

_ENDS: Mapping[str, str] = {
    IncidentStatus.RESOLVED: "ok",
    MaintenanceStatus.COMPLETED: "ok",
    MaintenanceStatus.CANCELLED: NO_DATA,
}
_INDICATORS = {"critical": "major", "major": "partial", "minor": "degraded", "maintenance": MAINTENANCE, "none": "ok"}

# The favicon cannot read the style sheet. Safe on light and dark tabs.
FILLS = {
    "ok": "#16a34a",
    MAINTENANCE: "#3b82f6",
    "degraded": "#d97706",
    "partial": "#ea580c",
    "major": "#dc2626",
    NO_DATA: "#64748b",
}


def of_level(level: ServiceStatus) -> str:
    return _TONES[level]


def of_overall(overall: Overall) -> str:
    return _INDICATORS[overall.indicator]


def of_day(day: Day) -> str:
    return NO_DATA if day.uptime is None else _TONES[day.worst]


def of_story(story: page.Story) -> str:
    """An incident is as bad as its severity says, or worse where it hit a service harder."""
    if not isinstance(story, page.Incident):
        return MAINTENANCE
    levels = [hit.level for hit in story.affected]
    if story.severity is Severity.NONE and not levels:
        return NO_DATA
    return _TONES[severity.worst([LEVEL_FOR_SEVERITY[story.severity], *levels])]


def of_word(story: page.Story, status: str) -> str:
    """Of one word about it: that it is over is good news, however bad it was."""
    return _ENDS.get(status) or of_story(story)
