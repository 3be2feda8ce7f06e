"""The one read model: what the public sees at an instant, as frozen values.

Pages, feeds, badges and the public JSON render these and ask the database nothing else, so none of them can
forget what is private. Every function takes `now`; the number of queries does not depend on the history.
"""

from incidents.page.history import latest, month, newest_month
from incidents.page.home import PAST_DAYS, STRIP_DAYS, catalogue, changed_at, home, overall, today, zone
from incidents.page.services import WINDOWS, service
from incidents.page.spans import last_days, standing, uptimes
from incidents.page.stories import incident, maintenance
from incidents.page.values import (
    Affected,
    Catalogue,
    Group,
    Home,
    Incident,
    Link,
    Maintenance,
    Month,
    MonthFigures,
    PastDay,
    Service,
    ServicePage,
    Story,
    Update,
)

__all__ = [
    "PAST_DAYS",
    "STRIP_DAYS",
    "WINDOWS",
    "Affected",
    "Catalogue",
    "Group",
    "Home",
    "Incident",
    "Link",
    "Maintenance",
    "Month",
    "MonthFigures",
    "PastDay",
    "Service",
    "ServicePage",
    "Story",
    "Update",
    "catalogue",
    "changed_at",
    "home",
    "incident",
    "last_days",
    "latest",
    "maintenance",
    "month",
    "newest_month",
    "overall",
    "service",
    "standing",
    "today",
    "uptimes",
    "zone",
]
