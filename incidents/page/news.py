from datetime import datetime

from incidents import models
from incidents.models.transaction import in_one_snapshot
from incidents.page import stories
from incidents.page.values import Story


@in_one_snapshot
def news(since: datetime, now: datetime) -> tuple[Story, ...]:
    """The incidents and windows of which something was told after `since`; those with the newest word first."""
    told = {"updates__created_at__gt": since, "updates__created_at__lte": now}
    incidents = models.Incident.objects.public().filter(**told).distinct()
    windows = models.MaintenanceWindow.objects.public().filter(**told).distinct()
    found = (*stories.incidents(incidents, now), *stories.maintenances(windows, now))
    return tuple(sorted(found, key=lambda story: story.told_at, reverse=True))
