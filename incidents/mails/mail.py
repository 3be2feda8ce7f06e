import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from incidents.mails import links

# Nobody on holiday is to answer it.
AUTOMATIC = {"Auto-Submitted": "auto-generated"}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


def render(name: str, **context: object) -> str:
    """A template of `emails/`: escaped where it ends in .html, as it is where it ends in .txt."""
    page = {
        "name": settings.PAGE_NAME,
        "url": links.home(),
        "language": translation.get_language(),
        "zone": settings.PAGE_TIME_ZONE,
    }
    return render_to_string(f"emails/{name}", {**context, "page": page}).strip() + "\n"


def subject_line(words: str) -> str:
    """What somebody typed cannot begin another header."""
    return " ".join(_UNPRINTABLE.sub(" ", words).split())


def message_id(name: object) -> str:
    """The same for the same name, so that receivers know a repeat."""
    return f"<{name}@{urlsplit(settings.SITE_URL).hostname}>"


def one_click(leave: str) -> Mapping[str, str]:
    """RFC 8058: the mail program's own button."""
    return {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
