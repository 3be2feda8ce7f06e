from dataclasses import dataclass

from django.conf import settings

from incidents import page


@dataclass(frozen=True)
class Site:
    """What every public template needs to know: from the settings alone, so that error pages have it too."""

    name: str
    logo: str
    product_url: str
    support_url: str
    language: str
    zone: str
    url: str


def site() -> Site:
    return Site(
        name=settings.PAGE_NAME,
        logo=settings.PAGE_LOGO,
        product_url=settings.PAGE_PRODUCT_URL,
        support_url=settings.PAGE_SUPPORT_URL,
        language=settings.LANGUAGE_CODE,
        zone=page.zone().key,
        url=settings.SITE_URL,
    )
