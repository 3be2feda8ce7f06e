from django.conf import settings
from django.urls import reverse

from incidents import page


def permalink(story: page.Story) -> str:
    kind = "incident" if isinstance(story, page.Incident) else "maintenance"
    return reverse(f"public:{kind}", args=[story.id])


def absolute(path: str) -> str:
    """For those who read it elsewhere; never the Host header."""
    return f"{settings.SITE_URL}{path}"
