"""What every channel has in common: a message is sent, or it raises one error, which decides what comes next."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Failed(StrEnum):
    """All that a subscriber is told of what went wrong."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    NAME = "name"  # it does not resolve
    BLOCKED = "blocked"  # an address that nothing may be sent to
    STATUS = "status"  # an answer that is no success
    REDIRECT = "redirect"
    REFUSED = "refused"  # by the mail server: this recipient or this message
    UNREADABLE = "unreadable"  # the stored address, after SECRET_KEY was replaced
    RENDERING = "rendering"  # the message could not be written


_OURS = (Failed.UNREADABLE, Failed.RENDERING)


@dataclass
class TransportError(Exception):
    """`permanent`: trying again is no use. `gone`: nor is anything else that goes there.

    `arrived`: how many of the requests that tell it need not be sent again. `retry_after`: what the receiver asked for.
    `everybody`: the fault lies with the relay, not with this message, so nobody's attempts are used up.
    """

    failed: Failed
    status: int | None = None
    permanent: bool = False
    gone: bool = False
    everybody: bool = False
    retry_after: timedelta | None = None
    arrived: int = 0

    @property
    def is_ours(self) -> bool:
        """Nobody was asked to take anything."""
        return self.failed in _OURS


@dataclass(frozen=True)
class Sent:
    """`arrived`: as above, where there was no time for all of them; None: all."""

    status: int | None = None
    arrived: int | None = None
