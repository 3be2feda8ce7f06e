"""To a Slack incoming webhook: Block Kit beside a bar in the colour of how bad it is."""

from datetime import datetime
from html import escape
from typing import Any

from django.utils.translation import gettext as _

from incidents import page
from incidents.models import Subscription
from incidents.notify.channels.chats import post_to_chat
from incidents.notify.channels.wording import Chat
from incidents.notify.transport import Sent
from incidents.public.tones import FILLS

_SECTION, _FIELD = 2900, 1900  # characters that they may have, and a few for what is around them


def send(notice: page.Notice, subscription: Subscription, now: datetime, arrived: int = 0) -> Sent:
    """Raises TransportError, sealing.Unreadable."""
    return post_to_chat(notice, subscription, _message)


def _message(told: Chat) -> dict[str, Any]:
    """`text` is what a notification shows."""
    bar = {"color": FILLS[told.tone], "fallback": told.headline, "blocks": _blocks(told)}
    return {"text": _escaped(told.headline), "attachments": [bar]}


def _blocks(told: Chat) -> list[dict[str, Any]]:
    facts = [_mrkdwn(f"*{_escaped(name)}*\n{_escaped(value, _FIELD)}") for name, value in told.facts]
    button = {"type": "button", "text": {"type": "plain_text", "text": _("Open the status page")}, "url": told.url}
    return [
        {"type": "section", "text": _mrkdwn(f"*{_escaped(told.status)}: <{told.url}|{_escaped(told.title)}>*")},
        {"type": "section", "text": _mrkdwn(_escaped(told.message))},
        {"type": "section", "fields": facts},
        {"type": "actions", "elements": [button]},
    ]


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _escaped(text: str, most: int = _SECTION) -> str:
    """What ops typed can then mention nobody and be no link but what it looks like. Cut between two signs."""
    written = escape(text, quote=False)
    while len(written) > most:
        text = text[: len(text) * 9 // 10]
        written = f"{escape(text, quote=False)}…"
    return written
