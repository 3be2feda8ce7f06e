"""How bad it is: service statuses, severities, and the one roll-up that every surface shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ServiceStatus(StrEnum):
    """Declared from best to worst: `worst` relies on the order."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"


class Severity(StrEnum):
    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    MAINTENANCE = "maintenance"
    NONE = "none"  # only imported history has it: Statuspage's incidents "without impact"


class Indicator(StrEnum):
    """How the whole page is, as Statuspage's clients know it."""

    NONE = "none"
    MAINTENANCE = "maintenance"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class OverallStatus(StrEnum):
    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


REPORTABLE_SEVERITIES = tuple(s for s in Severity if s is not Severity.NONE)

LEVEL_FOR_SEVERITY = {
    Severity.CRITICAL: ServiceStatus.MAJOR_OUTAGE,
    Severity.MAJOR: ServiceStatus.PARTIAL_OUTAGE,
    Severity.MINOR: ServiceStatus.DEGRADED_PERFORMANCE,
    Severity.MAINTENANCE: ServiceStatus.UNDER_MAINTENANCE,
    Severity.NONE: ServiceStatus.OPERATIONAL,
}

_ORDER = {status: rank for rank, status in enumerate(ServiceStatus)}


def worst(levels: Iterable[ServiceStatus]) -> ServiceStatus:
    return max(levels, key=_ORDER.__getitem__, default=ServiceStatus.OPERATIONAL)


def at_least(level: ServiceStatus, floor: ServiceStatus) -> bool:
    return _ORDER[level] >= _ORDER[floor]


@dataclass(frozen=True)
class Overall:
    """One row of the roll-up table."""

    indicator: Indicator
    headline: str
    overall_status: OverallStatus


_S, _I, _O = ServiceStatus, Indicator, OverallStatus
# Worst first; the first row that fits holds, so "any" means "some, but not worse".
# Source: the contract's table "Overall status".
_TABLE = (
    (all, _S.MAJOR_OUTAGE, Overall(_I.CRITICAL, "Major System Outage", _O.UNAVAILABLE)),
    (any, _S.MAJOR_OUTAGE, Overall(_I.MAJOR, "Partial System Outage", _O.DEGRADED)),
    (all, _S.PARTIAL_OUTAGE, Overall(_I.MAJOR, "Partial System Outage", _O.DEGRADED)),
    (any, _S.PARTIAL_OUTAGE, Overall(_I.MINOR, "Minor Service Outage", _O.DEGRADED)),
    (all, _S.DEGRADED_PERFORMANCE, Overall(_I.MINOR, "Degraded System Service", _O.DEGRADED)),
    (any, _S.DEGRADED_PERFORMANCE, Overall(_I.MINOR, "Partially Degraded Service", _O.DEGRADED)),
    (any, _S.UNDER_MAINTENANCE, Overall(_I.MAINTENANCE, "Service Under Maintenance", _O.OPERATIONAL)),
    (all, _S.OPERATIONAL, Overall(_I.NONE, "All Systems Operational", _O.OPERATIONAL)),
)

_ROW_WITHOUT_SERVICES = {
    Severity.CRITICAL: 0,
    Severity.MAJOR: 1,
    Severity.MINOR: 3,
    Severity.MAINTENANCE: 6,
    Severity.NONE: 7,
}


def overall(levels: Sequence[ServiceStatus], incidents_without_services: Iterable[Severity] = ()) -> Overall:
    """The state of the whole page.

    `levels`: the status of each public service (groups do not count); `incidents_without_services`: the
    severities of the open public incidents that hit none of them. The worse of the two wins.
    """
    ranks = [_ROW_WITHOUT_SERVICES[severity] for severity in incidents_without_services]
    return _TABLE[min([_rank(levels), *ranks])][2]


def _rank(levels: Sequence[ServiceStatus]) -> int:
    fits = (
        rank
        for rank, (quantifier, floor, _) in enumerate(_TABLE)
        if levels and quantifier(at_least(level, floor) for level in levels)
    )
    return next(fits, len(_TABLE) - 1)
