"""The bodies that receivers of Statuspage webhooks parse."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from incidents import page
from incidents.lifecycle import MaintenanceStatus
from incidents.page.instants import instant, optional_instant
from incidents.statuspage import payloads
from incidents.statuspage.components import Components, Payload
from incidents.statuspage.ids import derived, page_id

LARGEST = 20_000  # bytes
WORTH_READING = 2_000  # characters of the newest update that are never cut
_MORE_OF_AN_INCIDENT = {
    **dict.fromkeys(("scheduled_for", "scheduled_until", "scheduled_reminded_at", "impact_override")),
    **dict.fromkeys(("postmortem_body", "postmortem_body_last_updated_at")),  # it is one of the updates
    **dict.fromkeys(("postmortem_ignored", "postmortem_notified_subscribers", "postmortem_notified_twitter"), False),
    **dict.fromkeys(("scheduled_remind_prior", "scheduled_auto_in_progress", "scheduled_auto_completed"), False),
    "backfilled": False,
}
_HALF_A_SIGN = re.compile(r"(?:<[^>]*|&[^;]*)$")  # what a cut may leave of a tag or a reference


@dataclass(frozen=True)
class Webhook:
    """`id` is the same however often it is sent."""

    id: str
    body: bytes


def webhooks(notice: page.Notice, unsubscribe: str) -> Iterator[Webhook]:
    """The incident or window, then each change of a service's status by it."""
    components = Components(notice.catalogue)
    common = {"meta": _meta(notice, unsubscribe), "page": _page(notice)}
    yield Webhook(str(notice.uuid), _fitting({**common, "incident": _incident(notice, components)}))
    for update, change in _changes(notice):
        (component,) = components.only([change.service])
        changed = {"component": component, "component_update": _component_update(update, change)}
        yield Webhook(f"{notice.uuid}.{change.service}", _fitting({**common, **changed}))


def _meta(notice: page.Notice, unsubscribe: str) -> Payload:
    return {
        "unsubscribe": unsubscribe,
        "documentation": f"{settings.SITE_URL}{reverse('api-reference')}",
        "generated_at": instant(notice.made_at),
    }


def _page(notice: page.Notice) -> Payload:
    overall = notice.overall
    return {"id": page_id(), "status_indicator": overall.indicator, "status_description": overall.headline}


def _incident(notice: page.Notice, components: Components) -> Payload:
    """With more keys than the documents have. What is new here stands in `metadata`, the one place for it: by
    `sequence`, the version of the incident or window, what comes late is told from what is newer."""
    story = _story(notice.story, components)
    return {
        **_MORE_OF_AN_INCIDENT,
        **story,
        "status": _known(story["status"]),
        "incident_updates": [_update(update) for update in story["incident_updates"]],
        "postmortem_published_at": _postmortem_published_at(notice.story),
        "metadata": {"type": notice.type, "timestamp": instant(notice.occurred_at), "sequence": notice.version},
    }


def _story(story: page.Incident | page.Maintenance, components: Components) -> Payload:
    if isinstance(story, page.Incident):
        return payloads.incident(story, components)
    automatic = dict.fromkeys(("scheduled_auto_in_progress", "scheduled_auto_completed"), story.automatic)
    return {**payloads.maintenance(story, components), **automatic}


def _update(update: Payload) -> Payload:
    status = _known(update["status"])
    return {**update, "status": status, "wants_twitter_update": False, "twitter_updated_at": None}


def _known(status: str) -> str:
    """Statuspage deletes the windows that are cancelled, and has no word for it."""
    return str(MaintenanceStatus.COMPLETED) if status == MaintenanceStatus.CANCELLED else status


def _postmortem_published_at(story: page.Story) -> str | None:
    return optional_instant(story.postmortem_published_at) if isinstance(story, page.Incident) else None


def _changes(notice: page.Notice) -> Iterator[tuple[page.Update, page.LevelChange]]:
    if notice.update:
        yield from ((notice.update, change) for change in notice.update.changes if change.old != change.new)


def _component_update(update: page.Update, change: page.LevelChange) -> Payload:
    return {
        "old_status": str(change.old),
        "new_status": str(change.new),
        "created_at": instant(update.created_at),
        "component_type": "Component",
        "id": derived(update.id, change.service),
        "component_id": change.service,
    }


def _fitting(body: Payload) -> bytes:
    """What is too long loses what the page has as well: older updates, descriptions, the end of the newest update, and
    services one after another."""
    written = _compact(body)
    for shorten in (_forget_the_oldest, _describe_nothing, _cut_the_newest, _name_fewer):
        while len(written) >= LARGEST and shorten(body):
            written = _compact(body)
    return written


def _compact(body: Payload) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _forget_the_oldest(body: Payload) -> bool:
    updates = body["incident"]["incident_updates"] if "incident" in body else []
    return len(updates) > 1 and bool(updates.pop())


def _describe_nothing(body: Payload) -> bool:
    components = body["incident"]["components"] if "incident" in body else [body["component"]]
    found = [component for component in components if component["description"]]
    for component in found:
        component["description"] = None
    return bool(found)


def _cut_the_newest(body: Payload) -> bool:
    newest = body["incident"]["incident_updates"][0]
    text = newest["body"].removesuffix("…")
    if len(text) <= WORTH_READING:
        return False
    newest["body"] = _HALF_A_SIGN.sub("", text[: max(WORTH_READING, len(text) * 3 // 4)]) + "…"
    return True


def _name_fewer(body: Payload) -> bool:
    incident = body["incident"]
    lists = [(incident, "components"), (incident["incident_updates"][0], "affected_components")]
    for holder, key in lists:
        holder[key] = holder[key] and holder[key][:-1]
    return any(holder[key] for holder, key in lists)
