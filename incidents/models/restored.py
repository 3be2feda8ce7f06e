"""After a restore, what the database believes to be still untold may have been told since the backup."""

from datetime import datetime

from incidents.models.audit import Actor, AuditEntry
from incidents.models.delivery import Delivery
from incidents.models.message import DONE, Kind, State
from incidents.models.outbox import Event
from incidents.models.transaction import in_one_transaction

NEWS = (Kind.EVENT, Kind.DIGEST, Kind.NUDGE)  # the rest is asked for by somebody who waits for it


@in_one_transaction
def leave_untold(now: datetime, *, by: Actor) -> tuple[int, int]:
    """Nobody is told of what was written until now: how many events, and how many messages, that concerns."""
    events = Event.objects.to_fan_out().update(withdrawn_at=now)
    waiting = Delivery.objects.exclude(state__in=DONE).filter(kind__in=NEWS)
    messages = waiting.update(state=State.CANCELLED, finished_at=now, lease_until=None, lease_token=None)
    AuditEntry.record(
        "left_untold", "A restored backup", by=by, now=now, after={"events": events, "messages": messages}
    )
    return events, messages
