from django.conf import settings
from django.urls import reverse

from incidents import page


def permalink(story: page.Story) -> str:
    kind = "incident" if isinstance(story, page.Incident) else "maintenance"
    return reverse(f"public:{kind}", args=[story.id])


def absolute(path: str) -> str:
    """For those who read it elsewhere; never the Host header."""
    return f"{settings.SITE_URL}{path}"


def webcal(path: str) -> str:
    """The absolute address in the scheme that calendar programs open, to follow it instead of copying it once."""
    return f"webcal://{absolute(path).partition('://')[2]}"
