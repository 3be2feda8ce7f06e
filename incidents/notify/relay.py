"""The mail relay: one connection for many messages, and what its answers mean for one message or for all."""

import logging
import smtplib
import socket
import ssl
import time
from typing import Any

from django.core.mail import EmailMultiAlternatives, mailers

from incidents.mails.mail import Mail, message_id
from incidents.notify.smtp import EmailBackend
from incidents.notify.transport import Failed, Sent, TransportError

log = logging.getLogger(__name__)

MOST = 100  # messages over one connection
IDLE = 5.0  # seconds: after that the relay may have hung up
PATIENCE = 3  # messages in a row that time out before anybody doubts the relay
GOING_AWAY, TOO_BIG = 421, 552


class Relay:
    """The connection of one thread."""

    _hung = 0  # messages in a row, of all threads

    def __init__(self) -> None:
        self._mailer: Any = None
        self._is_open = False
        self._count = 0
        self._used_at = 0.0

    def send(self, mail: Mail, id: object) -> Sent:
        """`id` is the message's, the same whenever it is sent. Raises TransportError."""
        message = _message(mail, id)
        was_used = self._begin()
        try:
            self._hand_over(message)
        except TransportError as error:
            if not was_used or error.failed is not Failed.CONNECTION or self._may_have_it:
                raise
            log.debug("The mail relay had hung up.")
            self._hand_over(message)
        return Sent(250)

    def _begin(self) -> bool:
        """Whether it goes over a connection that others have gone over before: the relay may tire of it any time."""
        if self._count >= MOST or time.monotonic() - self._used_at > IDLE:
            self.close()
        self._mailer = self._mailer or mailers.default
        if isinstance(self._mailer, EmailBackend):  # nothing else could be slow
            self._mailer.begin()
        return self._is_open

    def _hand_over(self, message: EmailMultiAlternatives) -> None:
        self._open()
        self._count, self._used_at = self._count + 1, time.monotonic()
        try:
            self._mailer.send_messages([message])
        except (OSError, ValueError) as error:  # smtplib's errors are OSErrors too
            meaning = _meaning(error)
            self._judge(meaning)
            if meaning.everybody or meaning.failed is not Failed.REFUSED:
                self.close()  # the dialogue may be anywhere in the middle
            raise meaning from error
        Relay._hung = 0

    def _judge(self, meaning: TransportError) -> None:
        """Where it hangs time after time, the fault is the relay's. Not where it may have the message: those that are
        sent again must be counted, or there would be no end of copies."""
        Relay._hung = Relay._hung + 1 if meaning.failed is Failed.TIMEOUT else 0
        meaning.everybody |= Relay._hung > PATIENCE and not self._may_have_it

    @property
    def _may_have_it(self) -> bool:
        return not isinstance(self._mailer, EmailBackend) or self._mailer.may_have_it

    def close(self) -> None:
        self._is_open = False
        try:
            if self._mailer is not None:
                self._mailer.close()
        except OSError:  # it had hung up already
            log.debug("The mail relay had closed the connection.")

    def _open(self) -> None:
        """Without a relay nobody's mail can be sent, which is no message's fault."""
        if self._is_open:
            return
        try:
            self._mailer.open()
        except OSError as error:
            self.close()
            raise TransportError(_failed(error), _code(error), everybody=True) from error
        self._is_open, self._count = True, 0


def _message(mail: Mail, id: object) -> EmailMultiAlternatives:
    headers = {"Message-ID": message_id(id), **mail.headers}
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=headers)
    message.attach_alternative(mail.html, "text/html")
    return message


def _meaning(error: Exception) -> TransportError:
    """What went wrong after the connection was made."""
    code = _code(error)
    if code is None:
        return TransportError(_failed(error), permanent=isinstance(error, ValueError))
    is_final = code >= 500
    no_sender = is_final and isinstance(error, smtplib.SMTPSenderRefused) and code != TOO_BIG
    if code == GOING_AWAY or no_sender or isinstance(error, smtplib.SMTPHeloError):
        return TransportError(Failed.REFUSED, code, everybody=True)
    nobody_there = is_final and isinstance(error, smtplib.SMTPRecipientsRefused)
    return TransportError(Failed.REFUSED, code, permanent=is_final, gone=nobody_there)


def _code(error: Exception) -> int | None:
    """What the relay answered, if it did."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return int(next(iter(error.recipients.values()))[0])  # each message has one
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else None


def _failed(error: BaseException | None) -> Failed:
    """smtplib hides what it was behind a "disconnected"."""
    kinds = {
        TimeoutError: Failed.TIMEOUT,
        ssl.SSLError: Failed.TLS,
        socket.gaierror: Failed.NAME,
        smtplib.SMTPResponseException: Failed.REFUSED,
        ValueError: Failed.REFUSED,
    }
    for known, failed in kinds.items():
        if isinstance(error, known) or isinstance(getattr(error, "__context__", None), known):
            return failed
    return Failed.CONNECTION
