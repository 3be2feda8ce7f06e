"""What many read is written once, and each copy gets the reader's own links."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from incidents.mails import links
from incidents.mails.mail import AUTOMATIC, Mail, one_click, render, subject_line
from incidents.models import Subscription

# Where the links go. Nothing that anybody typed has such a character.
_MANAGE, _LEAVE = "\0manage\0", "\0leave\0"
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Written:
    subject: str
    text: str
    html: str

    @classmethod
    def by(cls, template: str, subject: str, **context: object) -> "Written":
        """From `template`.txt and .html, in the language that is active."""
        given = {**context, "subject": subject_line(subject), "manage": _MANAGE, "leave": _LEAVE}
        return cls(subject_line(subject), render(f"{template}.txt", **given), render(f"{template}.html", **given))

    def to(self, subscription: Subscription, headers: Mapping[str, str] = _NONE) -> Mail:
        manage, leave = links.manage(subscription), links.unsubscribe(subscription)
        return Mail(
            to=subscription.address,
            subject=self.subject,
            text=addressed(self.text, manage, leave),
            html=addressed(self.html, manage, leave),
            headers={**one_click(leave), **AUTOMATIC, **headers},
        )


def addressed(words: str, manage: str, leave: str) -> str:
    return words.replace(_MANAGE, manage).replace(_LEAVE, leave)
