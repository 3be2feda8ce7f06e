"""What every feed and calendar says of one incident or maintenance window."""

from datetime import datetime
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.translation import get_language

from incidents import page, text
from incidents.public import words
from incidents.public.links import absolute, permalink

MOST_HELD = 256  # stories: more than the feeds of the page hold together

type Updates = tuple[page.Update, ...]


class Entry:
    """`link` is its name for life. `told_at` is the time of its newest update, `changed_at` that of any change."""

    def __init__(self, story: page.Story) -> None:
        self.story = story
        self.title = story.title
        self.link = absolute(permalink(story))
        self.created_at: datetime = story.created_at
        self.told_at: datetime = story.told_at
        self.changed_at: datetime = story.updated_at

    @property
    def titled(self) -> str:
        """With its status, for those who see nothing but this line."""
        return words.titled(self.story)

    @property
    def html(self) -> str:
        """Every update, newest first."""
        return _html(self.story.updates, *_circumstances())

    @property
    def plain(self) -> str:
        """The same in plain text, with the services that it is about."""
        affected = ", ".join(hit.name for hit in self.story.affected)
        return "\n\n".join(filter(None, [affected, _plain(self.story.updates, *_circumstances()), self.link]))

    @property
    def tags(self) -> list[str]:
        """Values of the API, for filters of readers."""
        kind = str(self.story.severity) if isinstance(self.story, page.Incident) else "maintenance"
        return [kind, str(self.story.status)]


# Every form of every feed needs these again after every change, and hardly any of them has changed.
@lru_cache(maxsize=MOST_HELD)
def _html(updates: Updates, language: str | None, zone: str) -> str:
    return render_to_string("public/feed_entry.html", {"updates": updates})


@lru_cache(maxsize=MOST_HELD)
def _plain(updates: Updates, language: str | None, zone: str) -> str:
    return "\n\n".join(
        f"{words.status(update.status)} – {words.moment(update.display_at)}\n{text.spaced(words.said(update.message))}"
        for update in updates
    )


def _circumstances() -> tuple[str | None, str]:
    """What the words depend on besides."""
    return get_language(), page.zone().key
