"""Statuses, lengths of time and instants in the words of the page."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.utils import formats
from django.utils.translation import get_language, gettext_lazy, gettext_noop, ngettext, pgettext
from django.utils.translation import gettext as _

from incidents import page, uptime
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.severity import Overall, ServiceStatus, Severity

NO_BREAK = "\N{NO-BREAK SPACE}"
_CLOCK = "H:i"
_KEEPS_CAPITALS = ("de",)  # where nouns have one within a sentence, too

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

# What a window's words are called where nothing else says that it is one.
_OF_MAINTENANCE: Mapping[str, object] = {
    MaintenanceStatus.SCHEDULED: gettext_lazy("Scheduled maintenance"),
    MaintenanceStatus.IN_PROGRESS: gettext_lazy("Maintenance in progress"),
    MaintenanceStatus.COMPLETED: gettext_lazy("Maintenance completed"),
    MaintenanceStatus.CANCELLED: gettext_lazy("Maintenance cancelled"),
}

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

# The words of an update whose author left them to us, as `lifecycle` has them.
_OURS = (
    gettext_noop("We are currently investigating this issue."),
    gettext_noop("The issue has been identified and a fix is being implemented."),
    gettext_noop("A fix has been implemented and we are monitoring the results."),
    gettext_noop("This incident has been resolved."),
    gettext_noop("We will be undergoing scheduled maintenance during this time."),
    gettext_noop("Scheduled maintenance is currently in progress. We will provide updates as necessary."),
    gettext_noop("The scheduled maintenance has been completed."),
    gettext_noop("The scheduled maintenance has been cancelled."),
    gettext_noop("We are continuing to investigate this issue."),
    gettext_noop("We are continuing to work on a fix for this issue."),
    gettext_noop("We are continuing to monitor for any further issues."),
    gettext_noop("The maintenance is going ahead as planned."),
    gettext_noop("Scheduled maintenance is still in progress. We will provide updates as necessary."),
    gettext_noop("The maintenance will take longer than planned: its planned end has been moved."),
)

_WINDOWS = {
    "24h": gettext_lazy("24 hours"),
    "7d": gettext_lazy("7 days"),
    "30d": gettext_lazy("30 days"),
    "90d": gettext_lazy("90 days"),
}


def status(value: str) -> str:
    return str(_BY_VALUE[value])


def said(message: str) -> str:
    """What ops wrote, as they wrote it; where they wrote nothing, our own words."""
    return _(message) if message in _OURS else message


def within(words: str) -> str:
    """Not at the beginning of a sentence."""
    return words if get_language() in _KEEPS_CAPITALS else words.lower()


def news(notice: page.Notice) -> str:
    if notice.is_reminder:
        return _("Maintenance reminder")
    told = notice.word.status
    return str(_OF_MAINTENANCE.get(told) or status(told))


def impact(severity: Severity) -> str:
    return str(_IMPACTS[severity])


def overall(state: Overall) -> str:
    return str(_HEADLINES[state.headline])


def headline(present: page.Present) -> str:
    """The overall status; it names the service when exactly one is hit."""
    words = overall(present.overall)
    return f"{words}: {present.only_hit.name}" if present.only_hit else words


def in_brief(present: page.Present) -> str:
    """The state in one line, for previews and search results."""
    total, healthy = len(present.catalogue.services), present.catalogue.healthy
    told = {"healthy": healthy, "total": total, "moment": moment(present.now)}
    words = ngettext(
        "%(healthy)d of %(total)d service operational, as of %(moment)s.",
        "%(healthy)d of %(total)d services operational, as of %(moment)s.",
        total,
    )
    return words % told


def titled(story: page.Story) -> str:
    return f"{story.title} ({within(status(story.status))})"


def standing(service: page.Service) -> str:
    """“API: partial outage. 99.98 % uptime in the last 90 days.”"""
    told = _("%(share)s uptime in the last 90 days.") % {"share": percent(service.uptime)}
    return f"{service.name}: {within(status(service.status))}. {told if service.uptime is not None else ''}".strip()


def span(window: str) -> str:
    """One of `page.WINDOWS`."""
    return str(_WINDOWS[window])


def days(story: page.Story) -> str:
    """The first and the last day of it, for programs: “2026-11-03/2026-11-04”; open-ended while it lasts."""
    begins, ends = story.span
    return f"{local_date(begins)}/{local_date(ends) if ends else ''}"


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
    return _("%(number)s %%") % {"number": formats.number_format(value, digits)}  # with a no-break space


def moment(at: datetime) -> str:
    return _at(at, clock(at))


def clock(at: datetime) -> str:
    return f"{bare_clock(at)}{NO_BREAK}{zone_name(at)}"


def bare_clock(at: datetime) -> str:
    """For the start of a span whose end prints the zone."""
    return formats.date_format(_local(at), _CLOCK)


def bare_moment(at: datetime) -> str:
    return _at(at, bare_clock(at))


def _at(at: datetime, clock: str) -> str:
    return _("%(day)s, %(clock)s") % {"day": day(local_date(at)), "clock": clock}


def zone_name(at: datetime) -> str:
    """The abbreviation in force; zones without one are told by their offset: “UTC+03”."""
    name = _local(at).tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"


def day(date: date) -> str:
    return formats.date_format(date, pgettext("format of a day", "j M Y"))


def day_of_year(date: date) -> str:
    return formats.date_format(date, pgettext("format of a day of some year", "j F"))


def month(first: date) -> str:
    return formats.date_format(first, pgettext("format of a month", "F Y"))


def local_date(at: datetime) -> date:
    return _local(at).date()


def _local(at: datetime) -> datetime:
    return at.astimezone(page.zone())
