"""What happened in a day or a week, as each subscriber asked to be told it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents import page
from incidents.lifecycle import IncidentStatus
from incidents.mails import links
from incidents.mails.mail import Mail
from incidents.mails.written import Written, addressed
from incidents.models import DigestFrequency, Event, Subscription
from statussite.languages import written_in

SPANS = {DigestFrequency.DAILY: timedelta(days=1), DigestFrequency.WEEKLY: timedelta(days=7)}


@dataclass(frozen=True)
class Digest:
    email: str
    subject: str
    body: str
    unsubscribe_url: str


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be told of. `services`: slugs, None for all; `followed`: the ids of single incidents."""

    incidents: bool
    maintenance: bool
    recovery: bool
    services: frozenset[str] | None
    followed: frozenset[str]


@dataclass(frozen=True)
class _Span:
    since: datetime
    until: datetime
    last_event: UUID | None  # after another one, all must be read anew


def digests(frequency: DigestFrequency, now: datetime) -> Iterator[Digest]:
    """For everybody who asked for this frequency and has something to be told."""
    since = now - SPANS[frequency]
    rows = Subscription.objects.active().mailboxes().filter(digest_frequency=frequency).order_by("created_at", "pk")
    for row in rows.with_scope().iterator(chunk_size=1000):
        if written := _written_for(row, since, now):
            leave = links.unsubscribe(row)
            yield Digest(row.address, written.subject, addressed(written.text, links.manage(row), leave), leave)


def digest_mail(row: Subscription, since: datetime, until: datetime) -> Mail | None:
    """None where there is nothing that they want to be told."""
    written = _written_for(row, since, until)
    return written.to(row) if written else None


def _written_for(row: Subscription, since: datetime, until: datetime) -> Written | None:
    span = _Span(since, until, Event.objects.values_list("uuid", flat=True).order_by("-id").first())
    return _write(span, wish_of(row), DigestFrequency(row.digest_frequency), row.language)


@lru_cache(maxsize=256)
def _write(span: _Span, wish: Wish, frequency: DigestFrequency, language: str) -> Written | None:
    """Who wants the same reads the same, until something public changes."""
    told = chosen(_news(span), wish)
    with written_in(language):
        return Written.by("digest", _subject(len(told), frequency), stories=told) if told else None


@lru_cache(maxsize=4)
def _news(span: _Span) -> tuple[page.Story, ...]:
    return page.news(span.since, span.until)


def wish_of(row: Subscription) -> Wish:
    covers = row.covers
    followed = frozenset(() if covers is None else (incident.pk for incident in row.incidents.all()))
    return Wish(row.notify_incidents, row.notify_maintenance, row.notify_recovery, covers, followed)


def chosen(told: Iterable[page.Story], wish: Wish) -> list[page.Story]:
    """What is wanted of what was told; each story with only those updates."""
    return [cut for story in told if (cut := _cut(story, wish))]


def _cut(story: page.Story, wish: Wish) -> page.Story | None:
    """What of the story is wanted; None where nothing is. What names no service is for those who want all."""
    if not _is_about(story, wish):
        return None
    updates = tuple(update for update in story.updates if _is_wanted(story, update, wish))
    return replace(story, updates=updates) if updates else None


def _is_about(story: page.Story, wish: Wish) -> bool:
    if wish.services is None or story.id in wish.followed:
        return True
    return not wish.services.isdisjoint(hit.slug for hit in story.affected)


def _is_wanted(story: page.Story, update: page.Update, wish: Wish) -> bool:
    if isinstance(story, page.Maintenance):
        return wish.maintenance
    return wish.recovery if update.status == IncidentStatus.RESOLVED else wish.incidents


def _subject(count: int, frequency: DigestFrequency) -> str:
    daily = frequency is DigestFrequency.DAILY
    reports = ngettext("%(n)d report", "%(n)d reports", count) % {"n": count}
    span = _("in the last day") if daily else _("in the last 7 days")
    return f"{settings.PAGE_NAME}: {reports} {span}"
