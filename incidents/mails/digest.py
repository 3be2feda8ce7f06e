"""What happened in a day or a week, as each subscriber asked to be told it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents import page
from incidents.lifecycle import IncidentStatus
from incidents.mails import links
from incidents.mails.mail import render
from incidents.models import DigestFrequency, Subscription

SPANS = {DigestFrequency.DAILY: timedelta(days=1), DigestFrequency.WEEKLY: timedelta(days=7)}


@dataclass(frozen=True)
class Digest:
    email: str
    subject: str
    body: str
    unsubscribe_url: str


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be told of. `services`: slugs, None for all."""

    incidents: bool
    maintenance: bool
    recovery: bool
    services: frozenset[str] | None


def digests(frequency: DigestFrequency, now: datetime) -> Iterator[Digest]:
    """For everybody who asked for this frequency and has something to be told; who wants the same, reads the same."""
    since = now - SPANS[frequency]
    told, written = page.news(since, now), dict[Wish, tuple[str, str] | None]()
    rows = Subscription.objects.verified().filter(digest_frequency=frequency).order_by("created_at", "pk")
    for row in rows.with_scope().iterator(chunk_size=1000):
        wish = wish_of(row)
        if wish not in written:
            chosen = [cut for story in told if (cut := _cut(story, wish, since))]
            written[wish] = _write(chosen, frequency) if chosen else None
        if words := written[wish]:
            yield Digest(row.address, *words, links.unsubscribe(row))


def wish_of(row: Subscription) -> Wish:
    return Wish(row.notify_incidents, row.notify_maintenance, row.notify_recovery, row.covers)


def _cut(story: page.Story, wish: Wish, since: datetime) -> page.Story | None:
    """What of the story is new and wanted; None where nothing is. What names no service is for those who want all."""
    if wish.services is not None and wish.services.isdisjoint(hit.slug for hit in story.affected):
        return None
    updates = tuple(u for u in story.updates if u.created_at > since and _is_wanted(story, u, wish))
    return replace(story, updates=updates) if updates else None


def _is_wanted(story: page.Story, update: page.Update, wish: Wish) -> bool:
    if isinstance(story, page.Maintenance):
        return wish.maintenance
    return wish.recovery if update.status == IncidentStatus.RESOLVED else wish.incidents


def _write(stories: Sequence[page.Story], frequency: DigestFrequency) -> tuple[str, str]:
    """Subject and body."""
    daily = frequency is DigestFrequency.DAILY
    count = ngettext("%(n)d report", "%(n)d reports", len(stories)) % {"n": len(stories)}
    span = _("in the last day") if daily else _("in the last 7 days")
    subject = f"{settings.PAGE_NAME}: {count} {span}"
    return subject, render("digest.txt", subject=subject, stories=stories)
