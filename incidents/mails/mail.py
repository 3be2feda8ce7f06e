from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.template.loader import render_to_string


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


def render(name: str, **context: object) -> str:
    """A template of `emails/`: escaped where it ends in .html, as it is where it ends in .txt."""
    page = {"name": settings.PAGE_NAME, "url": settings.SITE_URL, "language": settings.LANGUAGE_CODE}
    return render_to_string(f"emails/{name}", {**context, "page": page}).strip() + "\n"
