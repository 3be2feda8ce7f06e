"""A row of days: one element each, told by colour, height and words; and the same in a table that only assistive
technology reads."""

import functools
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from incidents.public import tones, words
from incidents.severity import ServiceStatus
from incidents.uptime import Day


def strip(days: Sequence[Day], label: str, shape: str) -> SafeString:
    """A list named by `label`, of which the script makes one stop for the keyboard; each day explains itself."""
    language = get_language() or ""
    each = ((_drawn(day.date, _told(day, language), tones.of_day(day), language),) for day in days)
    drawn = format_html_join("", "{}", each)
    frame = '<div class="strip {}" role="listbox" aria-orientation="horizontal" aria-label="{}" data-last="{}">{}</div>'
    return format_html(frame, shape, label, days[-1].date.isoformat(), drawn) if days else SafeString()


def table(days: Sequence[Day], name: str) -> SafeString:
    """Days in a row that are alike are one row: nobody wants to hear ninety times that all was well."""
    rows = format_html_join("", "<tr><th scope=row>{}</th><td>{}</td></tr>", _runs(days))
    caption = _("%(name)s, day by day") % {"name": name}
    return format_html('<table class="unseen"><caption>{}</caption>{}</table>', caption, rows)


def summary(days: Sequence[Day], uptime: str) -> str:
    """“99.98 % uptime, trouble on 3 days”."""
    bad = sum(day.worst is not ServiceStatus.OPERATIONAL for day in days)
    if not bad:
        return _("%(uptime)s uptime, no trouble on any day") % {"uptime": uptime}
    return ngettext("%(uptime)s uptime, trouble on %(n)d day", "%(uptime)s uptime, trouble on %(n)d days", bad) % {
        "uptime": uptime,
        "n": bad,
    }


def _runs(days: Sequence[Day]) -> Iterator[tuple[str, str]]:
    language = get_language() or ""
    for told, alike in groupby(days, lambda day: _told(day, language)):
        first, *rest = (_named(day.date, language) for day in alike)
        yield (f"{first} – {rest[-1]}" if rest else first), told


def _told(day: Day, language: str) -> str:
    return _in_words(day.worst, day.affected if day.uptime is not None else None, language)


# The strips of a page show the same days, most of them alike, and so does the next page.


@functools.lru_cache(maxsize=2048)
def _drawn(date: date, told: str, tone: str, language: str) -> SafeString:
    """“3 March: partial outage, 12 minutes”."""
    look = "" if tone == "ok" else format_html(" class={}", tone)
    return format_html("<i role=option aria-label='{}: {}'{}></i>", _named(date, language), told, look)


@functools.lru_cache(maxsize=1024)
def _in_words(worst: ServiceStatus, affected: timedelta | None, language: str) -> str:
    """`affected`: None where nothing is known of the day."""
    if affected is None:
        return _("no data")
    if worst is ServiceStatus.OPERATIONAL:
        return _("no incidents")
    return f"{words.within(words.status(worst))}, {words.duration(affected)}"


@functools.lru_cache(maxsize=1024)
def _named(date: date, language: str) -> str:
    return words.day_of_year(date)
