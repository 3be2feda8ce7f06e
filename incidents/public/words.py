"""Statuses, lengths of time and instants in the words of the page."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents import page, uptime
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.severity import ServiceStatus, Severity

NO_BREAK = "\N{NO-BREAK SPACE}"
_DAY, _DAY_OF_YEAR, _MONTH, _CLOCK = "j M Y", "j F", "F Y", "H:i"

_STATUSES = {
    ServiceStatus.OPERATIONAL: gettext_lazy("Operational"),
    ServiceStatus.UNDER_MAINTENANCE: gettext_lazy("Under maintenance"),
    ServiceStatus.DEGRADED_PERFORMANCE: gettext_lazy("Degraded performance"),
    ServiceStatus.PARTIAL_OUTAGE: gettext_lazy("Partial outage"),
    ServiceStatus.MAJOR_OUTAGE: gettext_lazy("Major outage"),
    IncidentStatus.INVESTIGATING: gettext_lazy("Investigating"),
    IncidentStatus.IDENTIFIED: gettext_lazy("Identified"),
    IncidentStatus.MONITORING: gettext_lazy("Monitoring"),
    IncidentStatus.RESOLVED: gettext_lazy("Resolved"),
    MaintenanceStatus.SCHEDULED: gettext_lazy("Scheduled"),
    MaintenanceStatus.IN_PROGRESS: gettext_lazy("In progress"),
    MaintenanceStatus.COMPLETED: gettext_lazy("Completed"),
    MaintenanceStatus.CANCELLED: gettext_lazy("Cancelled"),
}
_BY_VALUE: Mapping[str, object] = {status.value: word for status, word in _STATUSES.items()}

_IMPACTS = {
    Severity.CRITICAL: gettext_lazy("Critical impact"),
    Severity.MAJOR: gettext_lazy("Major impact"),
    Severity.MINOR: gettext_lazy("Minor impact"),
    Severity.MAINTENANCE: gettext_lazy("Maintenance"),
    Severity.NONE: gettext_lazy("No impact"),
}

# The roll-up table has the headlines as data; here they can be translated.
_HEADLINES = {
    "Major System Outage": gettext_lazy("Major System Outage"),
    "Partial System Outage": gettext_lazy("Partial System Outage"),
    "Minor Service Outage": gettext_lazy("Minor Service Outage"),
    "Degraded System Service": gettext_lazy("Degraded System Service"),
    "Partially Degraded Service": gettext_lazy("Partially Degraded Service"),
    "Service Under Maintenance": gettext_lazy("Service Under Maintenance"),
    "All Systems Operational": gettext_lazy("All Systems Operational"),
}


_WINDOWS = {
    "24h": gettext_lazy("24 hours"),
    "7d": gettext_lazy("7 days"),
    "30d": gettext_lazy("30 days"),
    "90d": gettext_lazy("90 days"),
}


def status(value: str) -> str:
    return str(_BY_VALUE[value])


def impact(severity: Severity) -> str:
    return str(_IMPACTS[severity])


def headline(home: page.Home) -> str:
    """The overall status; it names the service when exactly one is hit."""
    words = str(_HEADLINES[home.overall.headline])
    return f"{words}: {home.only_hit.name}" if home.only_hit else words


def in_brief(home: page.Home) -> str:
    """The state in one line, for previews and search results."""
    total, healthy = len(home.catalogue.services), home.catalogue.healthy
    services = _("%(healthy)d of %(total)d services operational") % {"healthy": healthy, "total": total}
    return f"{services}, {_('as of')} {moment(home.now)}."


def titled(story: page.Story) -> str:
    return f"{story.title} ({status(story.status).lower()})"


def standing(service: page.Service) -> str:
    """“API: partial outage. 99.98 % uptime in the last 90 days.”"""
    told = _("%(share)s uptime in the last 90 days.") % {"share": percent(service.uptime)}
    return f"{service.name}: {status(service.status).lower()}. {told if service.uptime is not None else ''}".strip()


def span(window: str) -> str:
    """One of `page.WINDOWS`."""
    return str(_WINDOWS[window])


def duration(length: timedelta) -> str:
    """The two largest units: “3 days 4 hours”, “2 hours 5 minutes”, “12 minutes”."""
    minutes = int(length.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        days and ngettext("%d day", "%d days", days) % days,
        hours and ngettext("%d hour", "%d hours", hours) % hours,
        not days and minutes and ngettext("%d minute", "%d minutes", minutes) % minutes,
    ]
    return " ".join(part for part in parts if part) or _("less than a minute")


def percent(share: Fraction | None) -> str:
    """Two digits, rounded down."""
    value = uptime.percent(share)
    if value is None:
        return _("No data")
    digits = 0 if value == 100 else 2
    return f"{formats.number_format(value, digits)}{NO_BREAK}%"


def moment(at: datetime) -> str:
    return f"{day(_local(at).date())}, {clock(at)}"


def clock(at: datetime) -> str:
    return f"{bare_clock(at)}{NO_BREAK}{zone_name(at)}"


def bare_clock(at: datetime) -> str:
    """For the start of a span whose end prints the zone."""
    return formats.date_format(_local(at), _CLOCK)


def zone_name(at: datetime) -> str:
    """The abbreviation in force; zones without one are told by their offset: “UTC+03”."""
    name = _local(at).tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"


def day(date: date) -> str:
    return formats.date_format(date, _DAY)


def day_of_year(date: date) -> str:
    return formats.date_format(date, _DAY_OF_YEAR)


def month(first: date) -> str:
    return formats.date_format(first, _MONTH)


def local_date(at: datetime) -> date:
    return _local(at).date()


def _local(at: datetime) -> datetime:
    return at.astimezone(page.zone())
