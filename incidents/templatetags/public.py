from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from incidents import page, text
from incidents.public import links, strips, tones, words
from incidents.public import site as settings_of_page
from incidents.public import steps as progress
from incidents.severity import Overall, ServiceStatus, Severity
from statussite import languages

register = template.Library()

register.simple_tag(settings_of_page.site, name="site")
register.filter("headline", words.headline)
register.filter("in_brief", words.in_brief)
register.filter("titled", words.titled)
register.filter("news", words.news)
register.filter("standing", words.standing)
register.filter("span", words.span)
register.filter("days", words.days)
register.filter("steps", progress.steps)
register.filter("progress", progress.share_passed)
register.filter("permalink", links.permalink)
register.filter("absolute", links.absolute)
register.filter("webcal", links.webcal)
register.filter("moment", words.moment)
register.filter("within", words.within)
register.filter("versions", languages.versions)
register.simple_tag(languages.versions, name="versions")


@register.filter
def markdown(source: str) -> SafeString:
    return mark_safe(text.html(words.said(source)))  # noqa: S308  `text.html` sanitises; the only such place


@register.filter
def plain(source: str) -> str:
    return text.plain(words.said(source))


@register.filter
def spaced(source: str) -> str:
    return text.spaced(words.said(source))


@register.filter
def word(status: str) -> str:
    return words.status(status)


@register.filter
def impact(severity: Severity) -> str:
    return words.impact(severity)


@register.filter
def duration(length: timedelta) -> str:
    return words.duration(length)


@register.filter
def since(later: datetime, earlier: datetime) -> str:
    return words.duration(later - earlier)


@register.filter
def percent(share: Fraction | None) -> str:
    return words.percent(share)


@register.filter
def named_day(day: date) -> str:
    return words.day(day)


@register.filter
def named_month(first: date) -> str:
    return words.month(first)


@register.filter
def tone(level: ServiceStatus) -> str:
    return tones.of_level(level)


@register.filter
def story_tone(story: page.Story) -> str:
    return tones.of_story(story)


@register.filter
def tone_at(story: page.Story, status: str) -> str:
    return tones.of_word(story, status)


@register.filter
def overall_tone(overall: Overall) -> str:
    return tones.of_overall(overall)


@register.filter
def favicon_fill(overall: Overall) -> str:
    return tones.FILLS[tones.of_overall(overall)]


@register.simple_tag
def icon(tone: str) -> SafeString:
    """Decoration: the words beside it say the same."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"></use></svg>', tone)


@register.simple_tag
def status(level: ServiceStatus) -> SafeString:
    """A service status in words, shape and colour."""
    tone = tones.of_level(level)
    return format_html('<span class="status t-{}">{}{}</span>', tone, icon(tone), words.status(level))


@register.simple_tag
def strip(service: page.Service) -> SafeString:
    return _days_of(service, _("the last %(days)d days") % {"days": len(service.days)}, "long")


@register.simple_tag
def heat(service: page.Service, first: date) -> SafeString:
    """The days of one month."""
    return _days_of(service, words.month(first), "month")


def _days_of(service: page.Service, span: str, shape: str) -> SafeString:
    told = strips.summary(service.days, words.percent(service.uptime))
    label = _("%(name)s in %(span)s: %(told)s") % {"name": service.name, "span": span, "told": told}
    return format_html("{}{}", strips.strip(service.days, label, shape), strips.table(service.days, service.name))


@register.simple_tag
def moment(at: datetime) -> SafeString:
    return _time(at, words.moment(at))


@register.simple_tag
def clock(at: datetime) -> SafeString:
    return _time(at, words.clock(at))


@register.simple_tag
def period(start: datetime, end: datetime) -> SafeString:
    """Start to end, with the day said once where it is the same."""
    first, last = words.local_date(start), words.local_date(end)
    if first != last or words.zone_name(start) != words.zone_name(end):
        return format_html("{} – {}", moment(start), moment(end))
    return format_html("{}–{}", _time(start, words.bare_moment(start)), _time(end, words.clock(end)))


def _time(at: datetime, shown: str) -> SafeString:
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_html('<time datetime="{}">{}</time>', stamp, shown)
