"""Every morning, and on Mondays for the week: a digest for each who wants one and then has something to read.

1. `until` is the last such morning, in the page's time zone. When the worker comes hours late, it is left to the next
   one, whose digest then reaches further back: nobody gets one in the afternoon, or two.
2. What is in it, is what those were told in that span who hear at once, by the database's clock. Who is still writing
   what belongs to it is waited for.
3. A chunk of subscriptions is locked; who has something to be told gets a delivery, and all of them are remembered as
   told until then. Who is killed in between repeats nothing.
4. What it says is written when it is sent, from what the delivery has in `about`: {"since": …, "until": …}.
"""

from datetime import datetime, time, timedelta
from functools import cache

from django.db.models import Q

from incidents import page
from incidents.mails.digest import SPANS, chosen, wish_of
from incidents.models import Channel, Delivery, DigestFrequency, Revision, Subscription
from incidents.models.message import Kind, Urgency
from incidents.models.pacing import Lane
from incidents.models.transaction import in_one_transaction

MORNING = time(8)
MONDAY = 0
LATE = timedelta(hours=4)
FURTHEST = timedelta(days=14)  # back; what a database forgot that was restored, need not be told again
CHUNK = 1000


def write_digests(now: datetime) -> bool:
    """Returns whether anybody gets one. Raises Busy."""
    Revision.settle()
    return sum(_write(frequency, morning(frequency, now), now) for frequency in SPANS) > 0


def morning(frequency: DigestFrequency, now: datetime) -> datetime:
    """The last one before `now` on which such a digest is due."""
    local = now.astimezone(page.zone())
    day = local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)
    if frequency is DigestFrequency.WEEKLY:
        day -= timedelta(days=(day.weekday() - MONDAY) % 7)
    return datetime.combine(day, MORNING, page.zone())


def _write(frequency: DigestFrequency, until: datetime, now: datetime) -> int:
    wrote, has_more = 0, now - until <= LATE
    while has_more:
        count, has_more = _write_some(frequency, until, now)
        wrote += count
    return wrote


@in_one_transaction
def _write_some(frequency: DigestFrequency, until: datetime, now: datetime) -> tuple[int, bool]:
    """How many get one, and whether there may be more to look at."""
    told = cache(page.news)
    rows = _waiting(frequency, until)
    written = []
    for row in rows:
        since = _since(row, until)
        if chosen(told(since, until), wish_of(row)):
            written.append(_delivery(row, since, until, now))
    Delivery.objects.bulk_create(written)
    Subscription.objects.filter(pk__in=[row.pk for row in rows]).update(digested_until=until)
    return len(written), len(rows) == CHUNK


def _waiting(frequency: DigestFrequency, until: datetime) -> list[Subscription]:
    due = Q(digested_until=None) | Q(digested_until__lt=until)
    rows = Subscription.objects.active().filter(due, channel=Channel.EMAIL, digest_frequency=frequency)
    mine = rows.filter(verified_at__lt=until).select_for_update().order_by("pk")
    return list(mine.with_scope()[:CHUNK])


def _since(row: Subscription, until: datetime) -> datetime:
    """Where the last one ended; the first one tells of a day or a week, as far as somebody was there."""
    span = SPANS[DigestFrequency(row.digest_frequency)]
    begin = row.digested_until or max(row.verified_at or until, until - span)
    return max(begin, until - FURTHEST)


def _delivery(row: Subscription, since: datetime, until: datetime, now: datetime) -> Delivery:
    return Delivery(
        kind=Kind.DIGEST,
        lane=Lane.MAIL,
        urgency=Urgency.LATER,
        subscription=row,
        about={"since": since.isoformat(), "until": until.isoformat()},
        due_at=now,
        created_at=now,
    )
