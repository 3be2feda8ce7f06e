"""What chat messages have in common: the same facts as a mail, in fewer words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents import page, text
from incidents.mails.hits import Hit, hits
from incidents.mails.update import subject
from incidents.public import links, tones, words

MOST_SERVICES = 20
LONGEST = 2500  # characters of a message; the page has the rest


@dataclass(frozen=True)
class Chat:
    """`facts`: a name and a value each. `tone` is one of `public.tones`."""

    headline: str
    title: str
    status: str
    message: str
    url: str
    tone: str
    facts: tuple[tuple[str, str], ...]


def chat(notice: page.Notice) -> Chat:
    story, word = notice.story, notice.word
    return Chat(
        headline=subject(notice),
        title=story.title,
        status=words.news(notice),
        message=_shortened(text.spaced(words.said(word.message))),
        url=links.absolute(links.permalink(story)),
        tone=tones.of_word(story, word.status),
        facts=tuple(_facts(notice)),
    )


def _facts(notice: page.Notice) -> Iterator[tuple[str, str]]:
    story = notice.story
    if isinstance(story, page.Incident):
        yield _("Impact"), words.impact(story.severity)
        yield _("Began"), words.moment(story.started_at)
    else:
        yield _("Starts"), words.moment(story.scheduled_start_at)
        yield _("Ends"), words.moment(story.scheduled_end_at)
    if affected := hits(notice):
        yield _("Services"), "\n".join(_listed(affected))
    if promised := notice.word.next_update_at:
        yield _("Next update by"), words.moment(promised)


def _listed(affected: Sequence[Hit]) -> Iterator[str]:
    yield from map(_told, affected[:MOST_SERVICES])
    if more := len(affected[MOST_SERVICES:]):
        yield ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}


def _told(hit: Hit) -> str:
    levels = " → ".join(words.status(level) for level in (hit.before, hit.after) if level)
    return f"{hit.name}: {levels}" if levels else hit.name


def _shortened(message: str) -> str:
    return message if len(message) <= LONGEST else f"{message[:LONGEST].rstrip()}…"
