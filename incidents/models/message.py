"""What kinds of messages there are, how urgent they are, and what becomes of them."""

from enum import IntEnum, StrEnum


class Kind(StrEnum):
    CONFIRMATION = "confirmation"  # the link to confirm, or to manage
    NOTICE = "notice"  # about the subscription itself: it was ended, or disabled
    EVENT = "event"
    NUDGE = "nudge"  # to ops: a promised update is overdue
    DIGEST = "digest"


class Urgency(IntEnum):
    """What somebody waits for goes before what happens now, and that before what happened."""

    AT_ONCE = 0
    NEWS = 1
    LATER = 2


class State(StrEnum):
    PENDING = "pending"
    LEASED = "leased"  # some worker has it, until the lease ends
    RETRY = "retry"
    SENT = "sent"
    DEAD = "dead"  # given up
    SUPERSEDED = "superseded"  # newer word went out instead
    CANCELLED = "cancelled"  # nobody wants it any more, or nobody may have it


DONE = (State.SENT, State.DEAD, State.SUPERSEDED, State.CANCELLED)
