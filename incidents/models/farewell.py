"""The last mail, to who has left: on a list one click leaves for everybody, and the others are to learn of it.

The subscription is gone by then, so the mail itself holds the address, encrypted, until it is sent or given up.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from incidents.models import sealing
from incidents.models.address import fold
from incidents.models.endpoint import Disabled
from incidents.models.message import Kind, Urgency
from incidents.models.pacing import Lane

FAREWELL_FOR = timedelta(days=1)  # then it is given up, and the address forgotten


@dataclass(frozen=True)
class Farewell:
    """`host`: of the endpoint that nothing is sent to any more; empty for a mailbox."""

    to: str
    language: str
    host: str

    @classmethod
    def unsealed(cls, content: bytes) -> Self:
        """Raises sealing.Unreadable."""
        return cls(**json.loads(sealing.unseal(content)))

    @property
    def sealed(self) -> bytes:
        return sealing.seal(json.dumps(asdict(self)).encode())


def bid(row: Any, now: datetime) -> None:
    """To whom nothing was sent before, or nothing arrived, there is nothing to say."""
    if row.verified_at is None or row.disabled_because == Disabled.BOUNCING:
        return
    farewell = Farewell(row.address, row.language, row.host)
    times = {"due_at": now, "created_at": now}
    _deliveries().create(kind=Kind.NOTICE, lane=Lane.MAIL, urgency=Urgency.AT_ONCE, sealed=farewell.sealed, **times)


def forget(address: str) -> None:
    """Those to the address that are not sent yet, and those of which nobody can say to whom they are."""
    unsent = _deliveries().filter(sealed__isnull=False)
    theirs = [row.pk for row in unsent if _may_be_to(row, fold(address))]
    _deliveries().filter(pk__in=theirs).delete()


def _deliveries() -> Any:
    from incidents.models.delivery import Delivery  # it knows subscriptions

    return Delivery.objects


def _may_be_to(row: Any, key: str) -> bool:
    try:
        return fold(Farewell.unsealed(bytes(row.sealed)).to) == key
    except sealing.Unreadable:
        return True
