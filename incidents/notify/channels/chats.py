"""To a chat: JSON in the reader's language, to an address that somebody may have removed."""

import json
from collections.abc import Callable
from http import HTTPStatus

from incidents import page
from incidents.models import Subscription
from incidents.notify.channels.wording import Chat, chat
from incidents.notify.outgoing import post
from incidents.notify.transport import Sent
from statussite.languages import written_in

_JSON = {"Content-Type": "application/json; charset=utf-8"}
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)  # the hook or workflow was removed, the channel archived


def post_to_chat(notice: page.Notice, subscription: Subscription, write: Callable[[Chat], object]) -> Sent:
    """Raises TransportError, sealing.Unreadable."""
    with written_in(subscription.language):
        message = write(chat(notice))
    return post(subscription.endpoint, json.dumps(message).encode(), _JSON, gone=_GONE)
