"""A row of days: one element each, told by colour, height and words."""

import functools
from collections.abc import Sequence
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from incidents.public import tones, words
from incidents.severity import ServiceStatus
from incidents.uptime import Day


def strip(days: Sequence[Day], label: str, shape: str) -> SafeString:
    """An image for assistive technology, named by `label`; each day explains itself to a pointer."""
    drawn = format_html_join("", "<i{} title='{}'></i>", ((_class(day), day_label(day)) for day in days))
    return format_html('<div class="strip {}" role="img" aria-label="{}">{}</div>', shape, label, drawn)


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


def _told(day: Day) -> str:
    if day.uptime is None:
        return _("no data")
    if day.worst is ServiceStatus.OPERATIONAL:
        return _("no incidents")
    return f"{words.status(day.worst).lower()}, {words.duration(day.affected)}"


def _class(day: Day) -> SafeString | str:
    tone = tones.of_day(day)
    return "" if tone == "ok" else format_html(" class='{}'", tone)


@functools.lru_cache(maxsize=512)
def _named(date: date, language: str) -> str:
    """Every strip of a page names the same days; formatting a date costs more than the rest of its element."""
    return words.day_of_year(date)
