"""What an event tells, in the words of the present; made once for all who are told."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from incidents import page
from incidents.models import Event, Revision
from incidents.models.audience import Topic, audience
from incidents.models.clock import database_now
from incidents.models.subscription import SubscriptionQuerySet


@dataclass(frozen=True)
class News:
    """`audience`: who is to be told, asked anew each time. `notice`: None where the public may not see any more what it
    is about. `newer`: events of the same subject that came after it and are told too."""

    audience: SubscriptionQuerySet
    notice: page.Notice | None
    newer: tuple[int, ...]


def news(event: Event | None) -> News | None:
    """The same until something changes. None for what tells of no event."""
    return _news(event.uuid, Revision.current().number) if event else None


@lru_cache(maxsize=64)
def _news(uuid: UUID, revision: int) -> News:
    event = Event.objects.get(uuid=uuid)
    same = Event.objects.filter(subject_type=event.subject_type, subject_id=event.subject_id)
    newer = same.filter(pk__gt=event.pk, notify=True, withdrawn_at=None).values_list("pk", flat=True)
    return News(audience(Topic.of(event)), page.notice_of(event, database_now()), tuple(newer))
