"""What can go wrong in the domain. Knows no HTTP: `api.errors` maps each class to a status and wording."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


class StatusError(Exception):
    """Root of the tree. `kind` is the catalogue's type, `i18n_key` the wording's stable name."""

    kind = "internal"
    key = "internal"
    retry_after: int | None = None  # seconds after which trying again is worth it, where that is known

    def __init__(self, message: str, **args: object) -> None:
        super().__init__(message)
        self.message = message
        self.args_for_wording = args

    @property
    def i18n_key(self) -> str:
        return f"error.status.{self.key}"


class NotFound(StatusError):
    kind = "not-found"
    key = "not_found"


class Merged(NotFound):
    """The incident was merged into another one, whose id is `into`."""

    key = "merged"

    def __init__(self, into: str) -> None:
        super().__init__(f"This incident was merged into {into}.", merged_into=into)
        self.into = into


class InvalidToken(StatusError):
    """A subscriber's token that is unknown, used up, expired, or made for something else: which, nobody learns."""

    kind = "invalid-token"
    key = "invalid_token"

    def __init__(self) -> None:
        super().__init__("This link is not valid, or no longer. Ask for a new one.")


class Conflict(StatusError):
    kind = "conflict"
    key = "conflict"


class InvalidTransition(Conflict):
    """A move that the state machine forbids; says where it stands and where it may go."""

    key = "invalid_transition"

    def __init__(self, current: str, to: str, allowed: Sequence[str]) -> None:
        ways = f"Allowed: {', '.join(allowed)}." if allowed else "Nothing may follow."
        super().__init__(
            f"What is {words(current)} cannot become {words(to)}. {ways}",
            **{"from": current, "to": to, "allowed": list(allowed)},
        )


class StaleVersion(Conflict):
    """The change was made from an outdated view; `current` is the version that stands."""

    key = "stale_version"

    def __init__(self, expected: int, current: int) -> None:
        super().__init__(
            f"This change was made from version {expected}; somebody has changed it since (version {current}).",
            expected=expected,
            current=current,
        )


class AlreadyOpen(Conflict):
    """An incident is already open on the same services; `incident` is its id."""

    key = "already_open"

    def __init__(self, incident: str, title: str) -> None:
        super().__init__(
            f"Incident {incident} (“{title}”) is already open on these services: update it instead, "
            "or send force to open a second one.",
            incident=incident,
        )


class Busy(Conflict):
    """The database did not give us the row in time; the same request may be sent again at once."""

    key = "busy"
    retry_after = 1

    def __init__(self) -> None:
        super().__init__("Somebody else is changing this right now. Try again.")


class IdempotencyInProgress(Busy):
    """A write under the same key has neither ended nor failed; the same request may be sent again at once.

    SQLite has one lock for all writes and cannot tell whose is in the way: there it may be another one.
    """

    key = "idempotency_in_progress"

    def __init__(self) -> None:
        Conflict.__init__(self, "A write with this idempotency key may still be in progress. Send the same again.")


class IdempotencyMismatch(Conflict):
    """The key belongs to another request."""

    key = "idempotency_mismatch"

    def __init__(self) -> None:
        super().__init__("This idempotency key was sent with another request. Send a new key with a new request.")


class IdempotencyLost(Conflict):
    """The write was carried out, but nobody can read its answer any more: SECRET_KEY was replaced since."""

    key = "idempotency_lost"

    def __init__(self) -> None:
        super().__init__("This was carried out, but its answer can no longer be read. Look what there is.")


class RateLimited(StatusError):
    """Too many tries; `retry_after` (seconds, at least 1) tells when the next one is looked at."""

    kind = "rate-limited"
    key = "rate_limited"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = max(1, math.ceil(retry_after))


class DownstreamFailure(StatusError):
    """A service that we need for this failed or gave no answer in time."""

    kind = "downstream-failure"
    key = "downstream_failure"


@dataclass(frozen=True)
class FieldError:
    """`field` is a path in dot and bracket notation: `affected_services[0].level`."""

    field: str
    code: str
    description: str


class Invalid(StatusError):
    """One or more fields break a rule; carries every one of them."""

    kind = "validation"
    key = "validation"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{e.field}: {e.description}" for e in errors))
        self.errors = errors


class Violations:
    """Collects field errors, so that a caller hears of all of them at once."""

    def __init__(self) -> None:
        self.found: list[FieldError] = []

    def add(self, field: str, code: str, description: str) -> None:
        self.found.append(FieldError(field, code, description))

    def extend(self, more: "Violations") -> None:
        self.found.extend(more.found)

    def not_in_future(self, field: str, at: datetime | None, now: datetime) -> None:
        if at is not None and at > now:
            self.add(field, "in_future", "Must not lie in the future.")

    def raise_any(self) -> None:
        if self.found:
            raise Invalid(*self.found)


def words(status: str) -> str:
    return status.replace("_", " ")
