"""Sends the mails that subscribers must have before they can have any other.

1. Claim the one that has waited longest: a conditional UPDATE with a lease, by the database's clock.
2. Send it, in no transaction.
3. Record how it went, if the lease still stands. A worker that dies in between costs at most a second copy.

A relay that cannot be reached at all holds everything up for a minute and uses up nobody's attempts.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives, mailers

from incidents.mails.confirmation import confirmation
from incidents.mails.mail import Mail
from incidents.models import Subscription
from incidents.models.clock import database_now

log = logging.getLogger(__name__)

PASS_SECONDS = 20.0  # then other jobs have their turn
RELAY_IS_DOWN_FOR = timedelta(minutes=1)


def send_confirmations(now: datetime) -> bool:
    """Returns whether any mail was sent."""
    if not Subscription.is_any_due(now):
        return False
    try:
        with _relay() as relay:
            return _send_all(relay)
    except OSError as error:  # smtplib's errors are OSErrors too
        log.warning("The mail relay cannot be used: %s.", type(error).__name__)
        Subscription.postpone(database_now(), RELAY_IS_DOWN_FOR)
        return False


def _send_all(relay: Any) -> bool:
    until, sent = time.monotonic() + PASS_SECONDS, False
    while time.monotonic() < until and (row := Subscription.claim(database_now())):
        sent = _send_one(relay, row) or sent
    return sent


def _send_one(relay: Any, row: Subscription) -> bool:
    """Whether it was sent. What it fails with may name the address, so the log has only its kind."""
    try:
        relay.send_messages([_message(confirmation(row))])
    except (OSError, ValueError) as error:
        log.warning("%s: the mail was not sent: %s.", row, type(error).__name__)
        row.was_refused(database_now())
        _reopen(relay)
        return False
    row.was_sent(database_now())
    return True


def _message(mail: Mail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=dict(mail.headers))
    message.attach_alternative(mail.html, "text/html")
    return message


@contextmanager
def _relay() -> Iterator[Any]:
    """One connection for all mails of a pass. Raises OSError where there is none to be had."""
    relay = mailers.default
    relay.open()
    try:
        yield relay
    finally:
        _close(relay)


def _reopen(relay: Any) -> None:
    """After a failure the dialogue may be anywhere in the middle."""
    _close(relay)
    relay.open()


def _close(relay: Any) -> None:
    try:
        relay.close()
    except OSError:  # it had hung up already
        log.debug("The mail relay had closed the connection.")
