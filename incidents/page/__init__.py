"""The one read model: what the public sees at an instant, as frozen values.

Pages, feeds, badges and the public JSON render these and ask the database nothing else, so none of them can
forget what is private. Every function takes `now`; the number of queries does not depend on the history.
"""

from incidents.page.components import catalogue_with_changes
from incidents.page.feed import agenda, latest, planned
from incidents.page.history import by_month, month, newest_month
from incidents.page.home import PAST_DAYS, STRIP_DAYS, catalogue, changed_at, home, overall, today, zone
from incidents.page.lists import maintenances_in, newest_incidents, newest_maintenances, unresolved
from incidents.page.news import news
from incidents.page.notices import REMINDED, Notice, notice_of
from incidents.page.outlook import Outlook, outlook
from incidents.page.present import present
from incidents.page.services import WINDOWS, service
from incidents.page.spans import last_days, standing, uptimes
from incidents.page.stories import incident, maintenance
from incidents.page.values import (
    Affected,
    Catalogue,
    Group,
    Home,
    Incident,
    LevelChange,
    Link,
    Maintenance,
    Month,
    MonthFigures,
    PastDay,
    Present,
    Service,
    ServicePage,
    Story,
    Update,
)

__all__ = [
    "PAST_DAYS",
    "REMINDED",
    "STRIP_DAYS",
    "WINDOWS",
    "Affected",
    "Catalogue",
    "Group",
    "Home",
    "Incident",
    "LevelChange",
    "Link",
    "Maintenance",
    "Month",
    "MonthFigures",
    "Notice",
    "Outlook",
    "PastDay",
    "Present",
    "Service",
    "ServicePage",
    "Story",
    "Update",
    "agenda",
    "by_month",
    "catalogue",
    "catalogue_with_changes",
    "changed_at",
    "home",
    "incident",
    "last_days",
    "latest",
    "maintenance",
    "maintenances_in",
    "month",
    "newest_incidents",
    "newest_maintenances",
    "newest_month",
    "news",
    "notice_of",
    "outlook",
    "overall",
    "planned",
    "present",
    "service",
    "standing",
    "today",
    "unresolved",
    "uptimes",
    "zone",
]
