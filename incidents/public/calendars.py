"""Incidents and maintenance as events of a calendar."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import page
from incidents.lifecycle import MaintenanceStatus
from incidents.public import ics
from incidents.public.caching import FEED_SECONDS, public
from incidents.public.entries import Entry
from incidents.public.feeds import about
from incidents.public.lasting import dated

CALENDAR = "text/calendar; charset=utf-8"


def _calendar(held: Callable[..., Iterable[page.Story]]) -> Callable[..., Any]:
    """The view of what is `held`: of everything, or of the service whose slug it is given."""

    @public(FEED_SECONDS)
    def answer(request: HttpRequest, **names: str) -> HttpResponse:
        return _answer(about(**names)[0], held(timezone.now(), **names))

    return answer


history, maintenances = _calendar(page.agenda), _calendar(page.planned)


@public(FEED_SECONDS)
def maintenance(request: HttpRequest, id: str) -> HttpResponse:
    """One window, for who wants no more than that."""
    return _answer(settings.PAGE_NAME, [page.maintenance(id, timezone.now())])


def _answer(name: str, told: Iterable[page.Story]) -> HttpResponse:
    return dated(HttpResponse(ics.calendar(name, map(_event, told)), CALENDAR))


def _event(story: page.Story) -> Sequence[ics.Property]:
    """Nothing in it depends on the present, so it stays the same as long as nobody changes it. Its number grows with
    every change, and so with each that moves it: the number that webhooks have, too."""
    entry, (start, end) = Entry(story), _span(story)
    return (
        ("UID", f"{story.id}@{urlsplit(settings.SITE_URL).hostname}"),
        ("SEQUENCE", str(story.version)),
        ("STATUS", "CANCELLED" if story.status is MaintenanceStatus.CANCELLED else "CONFIRMED"),
        ("DTSTAMP", ics.moment(entry.changed_at)),
        ("CREATED", ics.moment(entry.created_at)),
        ("LAST-MODIFIED", ics.moment(entry.changed_at)),
        ("DTSTART", ics.moment(start)),
        *([("DTEND", ics.moment(end))] if ics.moment(end) > ics.moment(start) else []),
        ("SUMMARY", ics.text(entry.titled)),
        ("DESCRIPTION", ics.text(entry.plain)),
        ("CATEGORIES", ics.text(_("Incident") if isinstance(story, page.Incident) else _("Maintenance"))),
        ("URL", entry.link),
        ("TRANSP", "TRANSPARENT"),  # it makes nobody busy
    )


def _span(story: page.Story) -> tuple[datetime, datetime]:
    """An incident that is open lasts until its last word: the present would make it another event every minute."""
    if isinstance(story, page.Incident):
        return story.started_at, story.resolved_at or story.told_at
    assert isinstance(story, page.Maintenance)  # noqa: S101  there is no third kind
    planned = (story.scheduled_start_at, story.scheduled_end_at)
    if story.status is MaintenanceStatus.CANCELLED:
        return planned
    return story.started_at or planned[0], story.ended_at or planned[1]
