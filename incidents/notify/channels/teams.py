"""To a Teams workflow that takes messages by a webhook: an Adaptive Card."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from incidents import page
from incidents.models import Subscription
from incidents.notify.channels.chats import post_to_chat
from incidents.notify.channels.wording import Chat
from incidents.notify.transport import Sent
from incidents.public import tones

_STYLES = {"ok": "good", "degraded": "warning", "partial": "warning", "major": "attention", tones.MAINTENANCE: "accent"}


def send(notice: page.Notice, subscription: Subscription, now: datetime, arrived: int = 0) -> Sent:
    """Raises TransportError, sealing.Unreadable."""
    return post_to_chat(notice, subscription, _message)


def _message(told: Chat) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "fallbackText": told.headline,
        "body": _body(told),
        "actions": [{"type": "Action.OpenUrl", "title": _("Open the status page"), "url": told.url}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "summary": told.headline, "attachments": [attachment]}


def _body(told: Chat) -> list[dict[str, Any]]:
    heading = [_plain(told.status, size="Small", weight="Bolder"), _plain(told.title, size="Large", weight="Bolder")]
    facts = [_fact(name, value) for name, value in told.facts]
    return [
        {"type": "Container", "style": _STYLES.get(told.tone, "emphasis"), "bleed": True, "items": heading},
        *(_plain(line) for line in told.message.splitlines() if line.strip()),
        {"type": "Container", "separator": True, "spacing": "Medium", "items": facts},
    ]


def _fact(name: str, value: str) -> dict[str, Any]:
    """Not a FactSet, which reads Markdown."""
    lines = [_plain(line, spacing="None") for line in value.splitlines()]
    columns = [
        {"type": "Column", "width": "110px", "items": [_plain(name, weight="Bolder")]},
        {"type": "Column", "width": "stretch", "items": lines},
    ]
    return {"type": "ColumnSet", "spacing": "Small", "columns": columns}


def _plain(words: str, *, spacing: str = "Default", **look: str) -> dict[str, Any]:
    """A text block would take what ops typed for Markdown; this does not."""
    return {"type": "RichTextBlock", "spacing": spacing, "inlines": [{"type": "TextRun", "text": words, **look}]}
