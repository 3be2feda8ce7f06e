"""What happened to an incident or a maintenance window, and that a window is near."""

from functools import lru_cache

from incidents import page
from incidents.mails.hits import hits
from incidents.mails.mail import Mail, message_id, render, subject_line
from incidents.mails.written import Written
from incidents.models import Subscription
from statussite.languages import written_in


def update_mail(notice: page.Notice, subscription: Subscription) -> Mail:
    """All mails of one incident are one thread, whose first message nobody ever sent."""
    thread = message_id(f"{notice.story.id}.thread")
    written = _write(notice, subscription.language)
    return written.to(subscription, {"In-Reply-To": thread, "References": thread})


def subject(notice: page.Notice) -> str:
    """In the language that is active; chats say it too."""
    return subject_line(render("update.subject.txt", notice=notice))


@lru_cache(maxsize=64)
def _write(notice: page.Notice, language: str) -> Written:
    with written_in(language):
        return Written.by("update", subject(notice), notice=notice, hits=hits(notice))
