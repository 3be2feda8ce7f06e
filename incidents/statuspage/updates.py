"""What was told of an incident or window, word by word, and what each word did to components."""

from datetime import datetime

from incidents import page
from incidents.page.instants import instant
from incidents.statuspage.bodies import with_line_breaks
from incidents.statuspage.components import Components, Payload
from incidents.statuspage.ids import derived

POSTMORTEM = "postmortem"


def updates(told: page.Story, components: Components) -> list[Payload]:
    """Newest first; a published postmortem takes its place among them."""
    rows = [_update(update, told.id, components) for update in told.updates]
    if isinstance(told, page.Incident) and (published_at := told.postmortem_published_at):
        place = sum(update.display_at > published_at for update in told.updates)
        rows.insert(place, _postmortem(told, published_at))
    return rows


def _update(update: page.Update, story: str, components: Components) -> Payload:
    return {
        "id": update.id,
        "status": str(update.status),
        "body": with_line_breaks(update.message),
        "incident_id": story,
        "created_at": instant(update.created_at),
        "updated_at": instant(update.edited_at or update.created_at),
        "display_at": instant(update.display_at),
        "affected_components": [_affected(change, components) for change in update.changes] or None,
        "deliver_notifications": update.notify,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _postmortem(told: page.Incident, published_at: datetime) -> Payload:
    at = instant(published_at)
    return {
        "id": derived(told.id, POSTMORTEM),
        "status": POSTMORTEM,
        "body": with_line_breaks(told.postmortem),
        "incident_id": told.id,
        "created_at": at,
        "updated_at": at,
        "display_at": at,
        "affected_components": None,
        "deliver_notifications": False,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _affected(change: page.LevelChange, components: Components) -> Payload:
    return {
        "code": change.service,
        "name": components.name(change.service),
        "old_status": str(change.old),
        "new_status": str(change.new),
    }
