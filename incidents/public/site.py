from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

from incidents import page


@dataclass(frozen=True)
class Site:
    """What every public template needs to know: without a database, so that error pages have it too."""

    name: str
    logo: str
    accent: str
    product_url: str
    support_url: str
    links: tuple[tuple[str, str], ...]
    language: str
    zone: str
    url: str


def site() -> Site:
    return Site(
        name=settings.PAGE_NAME,
        logo=settings.PAGE_LOGO,
        accent=settings.PAGE_ACCENT,
        product_url=settings.PAGE_PRODUCT_URL,
        support_url=settings.PAGE_SUPPORT_URL,
        links=settings.PAGE_LINKS,
        language=translation.get_language(),
        zone=page.zone().key,
        url=settings.SITE_URL,
    )
