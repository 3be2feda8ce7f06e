from datetime import datetime

from incidents.lifecycle import MaintenanceStatus
from incidents.models.transaction import in_one_snapshot
from incidents.page.home import catalogue, changed_at, overall
from incidents.page.lists import maintenances_in, unresolved
from incidents.page.values import Present


@in_one_snapshot
def present(now: datetime) -> Present:
    """What is true now, without any history: incidents without their updates, services without their days."""
    services, incidents = catalogue(now), unresolved(now, told=False)
    return Present(
        now=now,
        changed_at=changed_at(),
        overall=overall(services, incidents),
        catalogue=services,
        incidents=incidents,
        in_progress=maintenances_in(now, MaintenanceStatus.IN_PROGRESS),
    )
