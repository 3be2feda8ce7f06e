"""A row of days: one element each, told by colour, height and words; and the same in a table that only assistive
technology reads."""

import functools
from collections.abc import Iterator, Sequence
from datetime import date
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
    drawn = format_html_join("", "<i role=option aria-label='{}'{}></i>", ((day_label(d), _class(d)) for d in days))
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


def day_label(day: Day) -> str:
    """“3 March: partial outage, 12 minutes”."""
    return f"{_named(day.date, get_language() or '')}: {_told(day)}"


def _runs(days: Sequence[Day]) -> Iterator[tuple[str, str]]:
    for told, alike in groupby(days, _told):
        first, *rest = (_named(day.date, get_language() or "") for day in alike)
        yield (f"{first} – {rest[-1]}" if rest else first), told


def _told(day: Day) -> str:
    if day.uptime is None:
        return _("no data")
    if day.worst is ServiceStatus.OPERATIONAL:
        return _("no incidents")
    return f"{words.within(words.status(day.worst))}, {words.duration(day.affected)}"


def _class(day: Day) -> SafeString | str:
    tone = tones.of_day(day)
    return "" if tone == "ok" else format_html(" class={}", tone)


@functools.lru_cache(maxsize=512)
def _named(date: date, language: str) -> str:
    """Every strip of a page names the same days; formatting a date costs more than the rest of its element."""
    return words.day_of_year(date)
