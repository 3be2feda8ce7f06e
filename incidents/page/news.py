from dataclasses import replace
from datetime import datetime

from incidents import models
from incidents.models.transaction import in_one_snapshot
from incidents.page import stories
from incidents.page.values import Story


@in_one_snapshot
def news(since: datetime, until: datetime) -> tuple[Story, ...]:
    """The incidents and windows of which subscribers were told in between, each with only the words that they were
    told then, however old these are: of what became public later, the last one. Those with the newest word first.
    """
    payloads = models.Event.objects.told(since, until).values_list("payload", flat=True)
    words = {payload["update"]["id"] for payload in payloads if "update" in payload}
    incidents = models.Incident.objects.public().filter(updates__in=words).distinct()
    windows = models.MaintenanceWindow.objects.public().filter(updates__in=words).distinct()
    found = (*stories.incidents(incidents, until), *stories.maintenances(windows, until))
    told = [replace(story, updates=tuple(u for u in story.updates if u.id in words)) for story in found]
    return tuple(sorted(told, key=lambda story: story.told_at, reverse=True))
