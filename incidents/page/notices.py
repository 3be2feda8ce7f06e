from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from incidents import models
from incidents.errors import NotFound
from incidents.models.transaction import in_one_snapshot
from incidents.page import stories
from incidents.page.components import catalogue_with_changes
from incidents.page.home import overall
from incidents.page.lists import unresolved
from incidents.page.values import Catalogue, Incident, Maintenance, Update
from incidents.severity import Overall

REMINDED = "reminded"  # the action of an event that only says that a window is near


@dataclass(frozen=True)
class Notice:
    """What one event tells, made once for all who are told. All of it is as the public sees it now, wording included.

    `update` is the word that the event is about; None where it is about none, as when a story becomes public.
    """

    event: int
    uuid: UUID
    type: str  # of the event: incident.opened, incident.update_posted, maintenancewindow.scheduled …
    occurred_at: datetime
    version: int  # that the event made of the incident or window
    story: Incident | Maintenance
    update: Update | None
    catalogue: Catalogue
    overall: Overall
    made_at: datetime

    @property
    def word(self) -> Update:
        return self.update or self.story.updates[0]

    @property
    def is_reminder(self) -> bool:
        return self.type.endswith(f".{REMINDED}")


@in_one_snapshot
def notice_of(event: models.Event, now: datetime) -> Notice | None:
    """None where the public may not see the subject of the event, or no longer."""
    tell = stories.incident if event.subject_type == "incident" else stories.maintenance
    try:
        story = tell(event.subject_id, now)
    except NotFound:
        return None
    about, catalogue = event.payload.get("update", {}).get("id"), catalogue_with_changes(now)
    return Notice(
        event=event.pk,
        uuid=event.uuid,
        type=event.type,
        occurred_at=event.occurred_at,
        version=event.subject_version,
        story=story,
        update=next((update for update in story.updates if update.id == about), None),
        catalogue=catalogue,
        overall=overall(catalogue, unresolved(now, told=False)),
        made_at=now,
    )
